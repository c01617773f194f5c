import t, { type Test } from 'tap'
import { endpointOf } from '../../src/aggregate/endpoint.ts'
import { entryOf, menuOf } from '../../src/aggregate/menu.ts'
import { makePlan } from '../../src/aggregate/plan.ts'
import { run, type Settled } from '../../src/aggregate/run.ts'
import { selectByQuery } from '../../src/aggregate/selection.ts'
import { type CallEnded, Events } from '../../src/core/events.ts'
import { Pending } from '../../src/core/pending.ts'
import { MemoryStore } from '../../src/source/memory-store.ts'
import type { SourceOptions } from '../../src/source/options.ts'
import { Secrets } from '../../src/source/secrets.ts'
import { Source } from '../../src/source/source.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { Lookups } from '../../src/transport/lookup.ts'
import { USUAL_ALLOWANCE } from '../support/allowance.ts'
import { withoutBugs } from '../support/events.ts'
import { eventually } from '../support/eventually.ts'
import { FakeClock } from '../support/fake-clock.ts'
import type { Exchange, Handler } from '../support/upstream/exchange.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'
import { here } from '../support/workers.ts'
import { asker, makeOptions } from './bench.ts'
import { bind, each } from './composed.ts'

/** Tests with real sources; the other tests of aggregate use stubs. */
class Real {
  readonly clock = new FakeClock()
  readonly told: string[] = []
  readonly upstream: Upstream
  readonly #sources = new Map<string, Source>()

  constructor(upstream: Upstream) {
    this.upstream = upstream
  }

  add(id: string, path: string, over: Partial<SourceOptions> = {}): Source {
    const note =
      (what: string) =>
      ({ call, outcome: { failure, list } }: CallEnded) => {
        const end = failure?.code ?? 'ok'
        const facts = list === undefined ? '' : ` ${list.kept}/${list.failed}`
        this.told.push(`${what} ${call.source} ${call.request.path} ${end}${facts}`)
      }
    const events = new Events()
    events.listen({ call: note('call'), item: note('item'), refresh: note('refresh') })
    const store = new MemoryStore(1024, this.clock)
    const template = compileTemplate(this.upstream.origin + path)
    const dependencies = {
      clock: this.clock,
      store,
      lookups: new Lookups(this.clock),
      events,
      workers: here,
      secrets: new Secrets([]),
      unfinished: new Pending(),
    }
    const source = new Source(makeOptions(id, {}, { template, ...over }), dependencies)
    this.#sources.set(id, source)
    return source
  }

  ask(): Promise<readonly Settled[]> {
    const visible = [...this.#sources.values()].filter(({ facts }) => !facts.hidden).map(entryOf)
    const menu = menuOf(visible, this.#sources)
    const endpoint = endpointOf({
      view: null,
      shape: null,
      deadlineMs: 1000,
      menu,
      allowed: { explain: true, simulate: true, unknownQuery: 'refuse' },
    })
    const plan = makePlan(selectByQuery(endpoint, asker()), 25)
    return run(plan, { clock: this.clock, allowance: USUAL_ALLOWANCE, events: withoutBugs() })
  }

  close(): void {
    for (const source of this.#sources.values()) source.resources.close()
  }
}

async function start(t: Test, script: Record<string, Handler>): Promise<Real> {
  const real = new Real(await startUpstream(t, { script }))
  t.teardown(() => real.close())
  return real
}

const replying =
  (body: string, status = 200) =>
  (exchange: Exchange) =>
    void exchange.reply({ status, body })
const textOf = ({ outcome }: Settled) => String(outcome.body)

t.test('a chain makes real requests, and emits one call per source', async (t) => {
  const real = await start(t, { '/user': replying('{"id":"a/b"}'), '/profile/a%2Fb': replying('{"n":1.0}') })
  const user = real.add('user', '/user', { hidden: true, isRead: true })
  const profile = real.add('profile', '/profile/{id}', { bind: [bind('id', 'user', 'id')] })
  const [settled] = await real.ask()
  t.equal(settled && textOf(settled), '{"n":1.0}')
  t.match(settled?.record.effort, { attempts: 1, bytes: 9 })
  t.strictSame(
    real.told.map((line) => line.replace(/ \/\S*/, '')),
    ['call user ok', 'call profile ok'],
  )
  t.ok(user.health.latencyMs !== null && profile.health.latencyMs !== null)
})

t.test('equal items make one request; each item is emitted, and the list with its counts', async (t) => {
  const real = await start(t, {
    '/list': replying('[1,2,1,3,null]'),
    '/story/1': replying('"one"'),
    '/story/2': replying('', 404),
    '/story/3': replying('', 204),
  })
  real.add('list', '/list', { hidden: true })
  const story = real.add('story', '/story/{id}', { forEach: each('list') })
  const [settled] = await real.ask()
  t.equal(settled && textOf(settled), '["one",null,"one",null,null]')
  t.strictSame(settled?.outcome.failure?.items, [
    { index: 1, code: 'upstream_status', upstreamStatus: 404 },
    { index: 4, code: 'dependency_failed', upstreamStatus: null },
  ])
  t.strictSame(
    ['1', '2', '3'].map((id) => real.upstream.count(`/story/${id}`)),
    [1, 1, 1],
  )
  t.strictSame(real.told[0], 'call list /list ok')
  t.strictSame(real.told.slice(1, -1).sort(), [
    'item story /story/1 ok',
    'item story /story/1 ok',
    'item story /story/2 upstream_status',
    'item story /story/3 ok',
  ])
  t.strictSame(real.told.at(-1), 'call story / upstream_status 5/2')
  t.ok(story.health.latencyMs !== null, 'of the items')
})

t.test('concurrency limits the requests in flight, and the deadline cuts them off', async (t) => {
  const waiting: (() => void)[] = []
  const hold: Handler = async (exchange) => {
    const answered = new Promise<void>((resolve) => waiting.push(resolve))
    await Promise.race([answered.then(() => exchange.reply({ body: '"first"' })), exchange.untilGone()])
  }
  const items = Array.from({ length: 9 }, (_, index) => index)
  const script = Object.fromEntries(items.map((item) => [`/story/${item}`, hold]))
  const real = await start(t, { '/list': replying(JSON.stringify(items)), ...script })
  real.add('list', '/list', { hidden: true })
  const story = real.add('story', '/story/{id}', { forEach: each('list', { concurrency: 3 }), timeoutMs: 9000 })
  const asked = real.ask()
  await eventually(() => waiting.length === 3)
  t.equal(story.health.inFlight, 3)
  waiting[1]?.()
  await eventually(() => waiting.length === 4)
  t.equal(story.health.inFlight, 3)
  await real.clock.advance(975)
  const [settled] = await asked
  t.strictSame(JSON.parse(String(settled?.outcome.body)), [null, 'first', ...Array(7).fill(null)])
  t.equal(waiting.length, 4, 'the rest was never asked')
  t.equal(story.health.inFlight, 0)
  t.equal(real.clock.pending, 0)
})
