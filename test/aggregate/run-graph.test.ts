import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { run } from '../../src/aggregate/run.ts'
import { Events } from '../../src/core/events.ts'
import { failure } from '../../src/core/failure.ts'
import { cutShort, failed, type Outcome } from '../../src/core/outcome.ts'
import { USUAL_ALLOWANCE } from '../support/allowance.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { json, makeNode, makePlan } from './bench.ts'

interface Wish {
  /** Indexes of earlier nodes in a topological order, so that there are no cycles. */
  readonly needs: readonly number[]
  readonly tookMs: number
  readonly end: 'data' | 'failed' | 'thrown'
}

/** The order of nodes in the plan differs from the topological order. */
interface Graph {
  readonly wishes: readonly Wish[]
  readonly places: readonly number[]
}

const graphs: fc.Arbitrary<Graph> = fc.integer({ min: 1, max: 12 }).chain((size) => {
  const all = Array.from({ length: size }, (_, index) => index)
  const wish = (index: number): fc.Arbitrary<Wish> =>
    fc.record({
      needs: fc
        .subarray(all.slice(0, index))
        .chain((some) => fc.shuffledSubarray(some, { minLength: some.length }))
        .map((some) => [...some]),
      tookMs: fc.integer({ min: 1, max: 300 }),
      end: fc.constantFrom('data', 'data', 'failed', 'thrown'),
    })
  return fc.record({
    wishes: fc.tuple(...all.map(wish)),
    places: fc.shuffledSubarray(all, { minLength: size }),
  })
})

const CUT_MS = 975

/** End of each node without a cut, from the start; a call that throws takes no time. */
function endsOf({ wishes }: Graph): readonly number[] {
  const ends: number[] = []
  for (const { needs, tookMs, end } of wishes)
    ends.push(Math.max(0, ...needs.map((need) => ends[need] as number)) + (end === 'thrown' ? 0 : tookMs))
  return ends
}

t.test('in any graph each node starts once, as soon as its dependencies have ended, and all settle', async (t) => {
  const seen = { cut: 0, told: 0 }
  const property = fc.asyncProperty(graphs, async (graph) => {
    const { wishes, places } = graph
    const clock = new FakeClock()
    const starts: [key: string, at: number, needed: readonly Outcome[]][] = []
    const settled: string[] = []
    const bugs: string[] = []
    const nodes = places.map((index) => {
      const { needs, tookMs, end } = wishes[index] as Wish
      const outcome = end === 'data' ? json(String(index)) : failed(failure('dns_error', String(index)))
      return makeNode(
        String(index),
        (call, needed) => {
          starts.push([call.id, clock.now() - 1000, needed])
          if (end === 'thrown') throw new Error('a bug')
          return new Promise((resolve) => {
            const timer = clock.setTimeout(() => resolve(outcome), tookMs)
            call.cancel.onCancel((reason) => {
              clock.clearTimeout(timer)
              resolve(cutShort(call, reason))
            })
          })
        },
        { needs: needs.map((need) => places.indexOf(need)) },
      )
    })
    const events = new Events()
    events.listen({ bug: ({ error }) => bugs.push((error as Error).message) })
    const options = { clock, allowance: USUAL_ALLOWANCE, events }
    const running = run(makePlan(nodes), options, ({ node }) => settled.push(node.key))
    await clock.advance(1000)
    const result = await running

    const keys = places.map(String)
    const ends = endsOf(graph)
    assert.deepEqual(
      result.map(({ node }) => node.key),
      keys,
      'a result each, in the order of the plan',
    )
    assert.deepEqual([...settled].sort(), [...keys].sort(), 'each is told once')
    assert.deepEqual(starts.map(([key]) => key).sort(), [...keys].sort(), 'each starts once')
    for (const [key, at, needed] of starts) {
      const { needs } = wishes[Number(key)] as Wish
      const expected = Math.max(0, ...needs.map((need) => ends[need] as number))
      assert.equal(at, Math.min(expected, CUT_MS), 'as soon as all that it needs has ended')
      const outcomes = needs.map((need) => result[places.indexOf(need)]?.outcome)
      assert.ok(needed.length === outcomes.length && needed.every((one, place) => one === outcomes[place]), 'with that')
      assert.ok(
        needs.every((need) => settled.indexOf(String(need)) < settled.indexOf(key)),
        'which was told before',
      )
    }
    for (const { node, outcome, record } of result) {
      const { end } = wishes[Number(node.key)] as Wish
      const endsAt = ends[Number(node.key)] as number
      assert.equal(record.endedAt, 1000 + Math.min(endsAt, CUT_MS))
      const cut = end !== 'thrown' && endsAt > CUT_MS
      if (cut) seen.cut += 1
      const code = { data: null, failed: 'dns_error', thrown: 'internal_error' }[end]
      if (endsAt !== CUT_MS) assert.equal(outcome.failure?.code ?? null, cut ? 'deadline_exceeded' : code)
    }
    seen.told += bugs.length
    assert.equal(bugs.length, wishes.filter(({ end }) => end === 'thrown').length, 'nothing else went wrong')
    assert.equal(clock.pending, 0, 'no timer is left')
  })
  await fc.assert(property, { numRuns: 150 })
  t.ok(seen.cut > 0 && seen.told > 0, 'among them some that were cut off, and some that threw')
})
