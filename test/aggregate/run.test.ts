import t, { type Test } from 'tap'
import type { PlanNode } from '../../src/aggregate/node.ts'
import type { Plan } from '../../src/aggregate/plan.ts'
import { run, type Settle, type Settled } from '../../src/aggregate/run.ts'
import { type Call, NO_REQUEST, type SourceCall } from '../../src/core/call.ts'
import { Events } from '../../src/core/events.ts'
import { failure } from '../../src/core/failure.ts'
import { cutShort, failed, type Outcome } from '../../src/core/outcome.ts'
import { USUAL_ALLOWANCE } from '../support/allowance.ts'
import { withoutBugs } from '../support/events.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { json, makeNode, makePlan } from './bench.ts'

/** Records a run. After `done`, no timer may remain. */
class Bench {
  readonly clock = new FakeClock()
  readonly calls: Call[] = []
  readonly settled: string[] = []
  readonly bugs: string[] = []
  result: readonly Settled[] | null = null

  /** A source that answers with its id after a delay, or on cancel. */
  readonly after = (ms: number): SourceCall => {
    return (call) => {
      this.calls.push(call)
      return new Promise((resolve) => {
        const timer = this.clock.setTimeout(() => end(json(JSON.stringify(call.id))), ms)
        const stop = call.cancel.onCancel((reason) => end(cutShort(call, reason)))
        const end = (outcome: Outcome) => {
          this.clock.clearTimeout(timer)
          queueMicrotask(stop)
          resolve(outcome)
        }
      })
    }
  }

  /** A source that never ends, not even on cancel. */
  readonly never: SourceCall = (call) => {
    this.calls.push(call)
    return new Promise(() => {})
  }

  start(nodes: readonly PlanNode[], over: Partial<Plan> = {}, settle: Settle = this.#settle): Plan {
    const plan = makePlan(nodes, over)
    const events = new Events()
    events.listen({ bug: ({ source, error }) => this.bugs.push(`${source}: ${(error as Error).message}`) })
    void run(plan, { clock: this.clock, allowance: USUAL_ALLOWANCE, events }, settle).then((result) => {
      this.result = result
    })
    return plan
  }

  readonly #settle: Settle = ({ node }) => {
    this.settled.push(`${node.key} ${this.clock.now() - 1000}`)
  }

  get called(): readonly string[] {
    return this.calls.map(({ id }) => id)
  }

  /** The body or the failure code of each node, in the order of the plan. */
  get ends(): readonly string[] | undefined {
    return this.result?.map(({ outcome: { body, failure } }) => failure?.code ?? String(body))
  }
}

/** A test that also checks that no timer and no listener of a cancel remains. */
function test(name: string, body: (t: Test, bench: Bench) => Promise<void>): void {
  t.test(name, async (t) => {
    const bench = new Bench()
    await body(t, bench)
    await settle()
    t.equal(bench.clock.pending, 0, 'no timer is left')
    t.equal(
      bench.calls.reduce((sum, { cancel }) => sum + cancel.listeners, 0),
      0,
      'nobody listens any more',
    )
  })
}

test('all calls start at once and settle as they end; the result has the order of the plan', async (t, bench) => {
  bench.start([makeNode('a', bench.after(30)), makeNode('b', bench.after(10)), makeNode('c', bench.after(20))])
  t.same(bench.called, ['a', 'b', 'c'])
  await bench.clock.advance(29)
  t.equal(bench.result, null)
  await bench.clock.advance(1)
  t.same(bench.settled, ['b 10', 'c 20', 'a 30'])
  t.same(bench.ends, ['"a"', '"b"', '"c"'])
  t.same(bench.bugs, [])
})

test('each call has its source, its context, and the deadline of the answer', async (t, bench) => {
  const plan = bench.start([makeNode('a', bench.after(1), { source: 'weather' })])
  await bench.clock.advance(1)
  t.match(bench.calls[0], {
    id: 'a',
    source: 'weather',
    context: { requestId: plan.requestId, trace: plan.trace },
    kind: 'first',
    request: NO_REQUEST,
    deadline: { at: 1975, cause: 'batch', spanMs: 1000 },
  })
  t.equal(bench.calls[0]?.cancel, plan.cancel)
  t.equal(bench.result?.[0]?.record, bench.calls[0]?.record)
})

test('in a chain each call waits for the one before, and gets its outcome', async (t, bench) => {
  const needed: (readonly Outcome[])[] = []
  const start: PlanNode['start'] = (call, outcomes) => {
    needed.push(outcomes)
    return bench.after(10)({ ...call, request: { ...NO_REQUEST, path: `/after/${outcomes[0]?.body}` } })
  }
  bench.start([
    // it precedes its dependency in the list
    makeNode('c', start, { needs: [2] }),
    makeNode('a', start),
    makeNode('b', start, { needs: [1] }),
  ])
  t.same(bench.called, ['a'])
  await bench.clock.advance(10)
  t.same(bench.called, ['a', 'b'])
  await bench.clock.advance(20)
  t.same(bench.settled, ['a 10', 'b 20', 'c 30'])
  t.same(
    bench.calls.map(({ request }) => request.path),
    ['/after/undefined', '/after/"a"', '/after/"b"'],
  )
  const [, a, b] = bench.result ?? []
  t.strictSame(
    needed.map(({ length }) => length),
    [0, 1, 1],
  )
  t.ok(needed[1]?.[0] === a?.outcome && needed[2]?.[0] === b?.outcome)
})

test('in a diamond a shared dependency is called once, and outcomes have the order of `needs`', async (t, bench) => {
  let needed: readonly string[] = []
  const start: PlanNode['start'] = (call, outcomes) => {
    needed = outcomes.map(({ body }) => String(body))
    return bench.after(10)(call)
  }
  bench.start([
    makeNode('top', bench.after(10)),
    makeNode('left', bench.after(30), { needs: [0] }),
    makeNode('right', bench.after(10), { needs: [0] }),
    makeNode('bottom', start, { needs: [2, 1] }),
    makeNode('beside', bench.after(5)),
  ])
  await bench.clock.advance(50)
  t.same(bench.called, ['top', 'beside', 'left', 'right', 'bottom'])
  t.same(bench.settled, ['beside 5', 'top 10', 'right 20', 'left 40', 'bottom 50'])
  t.same(needed, ['"right"', '"left"'])
})

test('a node that cannot use its dependencies fails at once, without a call', async (t, bench) => {
  const cause = { source: 'a-api', code: 'dns_error' } as const
  const broken = failure('dependency_failed', 'no id', { cause })
  bench.start([
    makeNode('a', bench.after(10)),
    makeNode('b', async () => failed(broken), { needs: [0] }),
    makeNode('c', bench.after(10), { needs: [1] }),
  ])
  await bench.clock.advance(20)
  t.equal(bench.result?.[1]?.outcome.failure, broken)
  t.match(bench.result?.[1]?.record, { startedAt: 1010, endedAt: 1010, effort: { attempts: 0 } })
  t.same(bench.called, ['a', 'c'], 'what to make of a failure is for the next in the chain to say')
})

test('at the cut running calls are cancelled once, and ended ones are unaffected', async (t, bench) => {
  bench.start([makeNode('a', bench.after(10)), makeNode('b', bench.after(5000)), makeNode('c', bench.after(5000))])
  await bench.clock.advance(974)
  t.equal(bench.result, null)
  await bench.clock.advance(1)
  t.same(bench.ends, ['"a"', 'deadline_exceeded', 'deadline_exceeded'])
  t.same(bench.settled, ['a 10', 'b 975', 'c 975'])
  t.match(bench.result?.[1]?.record, { endedAt: 1975 })
  t.same(bench.bugs, [])
})

test('a plan that starts late has only the remaining time, even if that is none', async (t, bench) => {
  await bench.clock.advance(2000)
  bench.start([makeNode('a', bench.after(10))])
  await bench.clock.advance(1)
  t.same(bench.ends, ['deadline_exceeded'])
})

/** Fails with the failure of its dependency; else makes the call. */
const passing = (call: SourceCall): PlanNode['start'] => {
  return async (made, [needed]) => (needed?.failure ? failed(needed.failure) : call(made))
}

const broken: Record<string, PlanNode['start']> = {
  'a call that throws': () => {
    throw new Error('a bug')
  },
  'a call that rejects': () => Promise.reject(new Error('a bug')),
}
for (const [name, start] of Object.entries(broken)) {
  test(`${name} is a bug: it is emitted, its node fails at once, and other nodes are unaffected`, async (t, bench) => {
    bench.start([
      makeNode('a', bench.after(10)),
      makeNode('b', start),
      makeNode('c', passing(bench.after(10)), { needs: [1] }),
    ])
    await bench.clock.advance(10)
    t.same(bench.ends, ['"a"', 'internal_error', 'internal_error'])
    t.same(bench.settled.slice(0, 2), ['b 0', 'c 0'])
    t.same(bench.bugs, ['b-api: a bug'])
    t.equal(bench.result?.[1]?.outcome.failure?.message, 'an internal error occurred while b-api was called')
  })
}

test('a call that never ends fails half the reserve after the cut, and is emitted as a bug', async (t, bench) => {
  bench.start([makeNode('a', bench.after(10)), makeNode('b', bench.never), makeNode('c', bench.after(5000))])
  await bench.clock.advance(987)
  t.equal(bench.result, null)
  await bench.clock.advance(0.5)
  t.same(bench.ends, ['"a"', 'internal_error', 'deadline_exceeded'])
  t.ok(bench.clock.now() < 2000, 'before the deadline')
  t.same(bench.bugs, ['b-api: the call outlived its deadline'])
  t.match(bench.result?.[1]?.record, { endedAt: 1987.5 })
})

test('the dependant of a call that never ends fails with it, and is not called', async (t, bench) => {
  bench.start([makeNode('a', bench.never), makeNode('b', bench.after(1), { needs: [0] })])
  await bench.clock.advance(1000)
  t.same(bench.called, ['a'])
  t.same(bench.settled, ['a 987.5', 'b 987.5'])
  t.notOk(bench.ends?.includes('null'), 'each has a failure')
})

test('a call that ends after its node failed changes nothing', async (t, bench) => {
  let end: (outcome: Outcome) => void = () => {}
  const late: SourceCall = () => new Promise((resolve) => (end = resolve))
  bench.start([makeNode('a', late)])
  await bench.clock.advance(1000)
  end(json('"late"'))
  await bench.clock.advance(1000)
  t.same(bench.ends, ['internal_error'])
  t.same(bench.settled, ['a 987.5'])
})

test('when the client disconnects, all calls end at once, and no others start', async (t, bench) => {
  const plan = bench.start([
    makeNode('a', bench.after(10)),
    makeNode('b', bench.after(500)),
    makeNode('c', passing(bench.after(500)), { needs: [1] }),
  ])
  await bench.clock.advance(100)
  plan.cancel.cancel('client')
  await bench.clock.advance(0)
  t.same(bench.ends, ['"a"', 'cancelled', 'cancelled'])
  t.same(bench.settled, ['a 10', 'b 100', 'c 100'])
  t.same(bench.called, ['a', 'b'])
})

test('a call that ignores the disconnect of the client fails too', async (t, bench) => {
  const plan = bench.start([makeNode('a', bench.never)])
  plan.cancel.cancel('client')
  await bench.clock.advance(1000)
  t.same(bench.ends, ['internal_error'])
  t.equal(plan.cancel.reason, 'client', 'the first reason stands')
})

test('a plan without calls ends at once', async (t, bench) => {
  bench.start([])
  await bench.clock.advance(2000)
  t.same(bench.ends, [])
})

test('a `settle` that throws does not keep calls from ending', async (t, bench) => {
  bench.start([makeNode('a', bench.after(10)), makeNode('b', bench.after(20))], {}, () => {
    throw new Error('broken')
  })
  await bench.clock.advance(20)
  t.same(bench.ends, ['"a"', '"b"'])
  t.same(bench.bugs, ['a-api: broken', 'b-api: broken'])
})

test('`settle` is optional', async (t, bench) => {
  const options = { clock: bench.clock, allowance: USUAL_ALLOWANCE, events: withoutBugs() }
  const ended = run(makePlan([makeNode('a', bench.after(10))]), options)
  await bench.clock.advance(10)
  t.same(
    (await ended).map(({ outcome }) => outcome),
    [json('"a"')],
  )
})
