import {
  type BreakerLimits,
  BreakerState,
  type Permit,
  type Verdict,
} from '../../../src/policies/parts/breaker-state.ts'
import { Bench, test } from '../bench.ts'

const LIMITS: BreakerLimits = {
  windowMs: 10_000,
  minCalls: 4,
  failureRate: 0.5,
  openForMs: 5000,
  slowAfterMs: null,
  slowRate: 1,
}

/** No jitter by default: 0.5 is the middle. */
function setUp({ clock }: Pick<Bench, 'clock'>, over: Partial<BreakerLimits> = {}, random = () => 0.5) {
  const changes: string[] = []
  const state = new BreakerState(
    { ...LIMITS, ...over },
    { clock, random, onChange: ({ from, to, openForMs }) => void changes.push(`${from} ${to} ${openForMs}`) },
  )
  const say = (...verdicts: Verdict[]) => {
    for (const verdict of verdicts) state.conclude(admitted(state), verdict)
  }
  return { state, changes, say }
}

function admitted(state: BreakerState): Permit {
  const permit = state.admit()
  if (permit === null) throw new Error('was not admitted')
  return permit
}

const BAD4: Verdict[] = ['bad', 'bad', 'bad', 'bad']

test('starts closed, and admits every attempt', async (t, bench) => {
  const { state, changes } = setUp(bench)
  t.equal(state.status, 'closed')
  t.equal(state.retryInMs, 0)
  for (let i = 0; i < 1000; i += 1) t.not(state.admit(), null)
  t.strictSame(changes, [])
})

test('opens at the failure rate, but not below minCalls', async (t, bench) => {
  const { state, changes, say } = setUp(bench)
  say('bad', 'bad', 'bad')
  t.equal(state.status, 'closed', 'three of three are too few')
  say('good')
  t.equal(state.status, 'open', 'a success that completes the number may open it')
  t.equal(state.retryInMs, 5000)
  t.equal(state.admit(), null)
  t.strictSame(changes, ['closed open 5000'])
})

test('stays closed just below the failure rate, and opens at it', async (t, bench) => {
  const { state, say } = setUp(bench)
  say('good', 'good', 'good', 'good', 'bad', 'bad', 'bad')
  t.equal(state.status, 'closed', '3 of 7')
  say('bad')
  t.equal(state.status, 'open', '4 of 8')
})

test('attempts with verdict "nothing" do not count', async (t, bench) => {
  const { state, say } = setUp(bench)
  say('bad', 'bad', 'bad', 'nothing', 'nothing', 'nothing')
  t.equal(state.status, 'closed', 'not towards the least number')
  say('bad')
  t.equal(state.status, 'open', 'nor to the share')
})

test('attempts older than the window do not count', async (t, bench) => {
  const { state, say } = setUp(bench)
  say('bad', 'bad', 'bad')
  await bench.clock.advance(10_000)
  say('bad', 'good', 'good')
  t.equal(state.status, 'closed', '1 of 3')
  await bench.clock.advance(5000)
  say('bad')
  t.equal(state.status, 'open', 'but what is within it does: 2 of 4')
})

test('becomes half-open after the open time, and admits three probes', async (t, bench) => {
  const { state, changes, say } = setUp(bench)
  say(...BAD4)
  await bench.clock.advance(4999)
  t.equal(state.status, 'open')
  t.equal(state.retryInMs, 1)
  t.equal(state.admit(), null)
  await bench.clock.advance(1)
  t.equal(state.status, 'half-open', 'as the next attempt would find it')
  t.strictSame(changes, ['closed open 5000'], 'to look does not change it')
  const probes = [state.admit(), state.admit(), state.admit()]
  t.notOk(probes.includes(null))
  t.equal(state.admit(), null)
  t.equal(state.retryInMs, 0)
  t.strictSame(changes, ['closed open 5000', 'open half-open null'])
})

for (const [verdicts, end] of [
  [['good', 'good'], 'closed'],
  [['good', 'bad', 'good'], 'closed'],
  [['bad', 'good', 'good'], 'closed'],
  [['bad', 'bad'], 'open'],
  [['good', 'bad', 'bad'], 'open'],
  [['slow', 'slow'], 'open'],
  [['slow', 'good', 'good'], 'closed'],
  [['good'], 'half-open'],
  [['bad'], 'half-open'],
  [['good', 'bad'], 'half-open'],
] as const) {
  test(`after probes ${verdicts.join(', ')} it is ${end}`, async (t, bench) => {
    const { state, say } = setUp(bench)
    say(...BAD4)
    await bench.clock.advance(5000)
    say(...verdicts)
    t.equal(state.status, end)
  })
}

test('a probe with verdict "nothing" is replaced, any number of times', async (t, bench) => {
  const { state, say } = setUp(bench)
  say(...BAD4)
  await bench.clock.advance(5000)
  for (let i = 0; i < 10; i += 1) say('nothing')
  const probes = [admitted(state), admitted(state), admitted(state)]
  t.equal(state.admit(), null)
  state.conclude(probes[0] ?? 0, 'nothing')
  const fourth = admitted(state)
  t.equal(state.admit(), null)
  state.conclude(fourth, 'good')
  t.equal(state.admit(), null, 'one that has said something is not')
})

test('a late result of an earlier generation is ignored', async (t, bench) => {
  const { state, say } = setUp(bench)
  const [toOpen, toHalfOpen, toClosed] = [admitted(state), admitted(state), admitted(state)]
  say(...BAD4)
  state.conclude(toOpen, 'bad')
  t.equal(state.retryInMs, 5000, 'while open')
  await bench.clock.advance(5000)
  const probe = admitted(state)
  state.conclude(toHalfOpen, 'good')
  state.conclude(toHalfOpen, 'bad')
  state.conclude(toHalfOpen, 'nothing')
  t.notOk([state.admit(), state.admit()].includes(null), 'while half-open: two probes are left')
  t.equal(state.admit(), null, 'and no third: nothing was given back')
  state.conclude(probe, 'good')
  state.conclude(probe, 'good')
  t.equal(state.status, 'closed')
  for (let i = 0; i < 10; i += 1) state.conclude(toClosed, 'bad')
  t.equal(state.status, 'closed', 'while closed again')
})

test('a probe that ends after the decision changes nothing', async (t, bench) => {
  const { state, changes, say } = setUp(bench)
  say(...BAD4)
  await bench.clock.advance(5000)
  const late = admitted(state)
  say('bad', 'bad')
  t.equal(state.status, 'open')
  state.conclude(late, 'good')
  await bench.clock.advance(10_000)
  say('good')
  state.conclude(late, 'good')
  t.equal(state.status, 'half-open')
  say('good')
  t.strictSame(changes.slice(1), [
    'open half-open null',
    'half-open open 10000',
    'open half-open null',
    'half-open closed null',
  ])
})

test('a breaker that has closed keeps no earlier counts', async (t, bench) => {
  const { state, say } = setUp(bench)
  say(...BAD4)
  await bench.clock.advance(5000)
  say('good', 'good')
  say('bad', 'bad', 'bad')
  t.equal(state.status, 'closed')
})

test('the open time doubles each time, up to a minute, until it closes', async (t, bench) => {
  const { state, say } = setUp(bench)
  say(...BAD4)
  const spans: number[] = []
  for (let i = 0; i < 6; i += 1) {
    spans.push(state.retryInMs)
    await bench.clock.advance(state.retryInMs)
    say('bad', 'bad')
  }
  const longest = 60_000 / 1.1
  t.strictSame(spans, [5000, 10_000, 20_000, 40_000, longest, longest])
  await bench.clock.advance(60_000)
  say('good', 'good')
  say(...BAD4)
  t.equal(state.retryInMs, 5000)
})

test('a configured open time above a minute is not cut, and does not double', async (t, bench) => {
  const { state, say } = setUp(bench, { openForMs: 90_000 })
  say(...BAD4)
  t.equal(state.retryInMs, 90_000)
  await bench.clock.advance(90_000)
  say('bad', 'bad')
  t.equal(state.retryInMs, 90_000)
})

for (const [random, ms] of [
  [0, 4500],
  [0.25, 4750],
  [1, 5500],
] as const) {
  test(`the open time varies by a tenth: random number ${random} gives ${ms} ms`, async (t, bench) => {
    const { state, changes, say } = setUp(bench, {}, () => random)
    say(...BAD4)
    t.ok(Math.abs(state.retryInMs - ms) < 1e-6)
    t.equal(changes[0], `closed open ${state.retryInMs}`, 'and told so')
  })
}

test('slow attempts open it too, if slowAfterMs is set', async (t, bench) => {
  const { state, say } = setUp(bench, { slowAfterMs: 100, slowRate: 0.75 })
  say('slow', 'slow', 'good')
  t.equal(state.status, 'closed')
  say('slow')
  t.equal(state.status, 'open', '3 of 4')
})

test('slow and bad attempts are not added together', async (t, bench) => {
  const { state, say } = setUp(bench, { slowAfterMs: 100, slowRate: 0.75, failureRate: 0.75 })
  say('slow', 'slow', 'bad', 'bad')
  t.equal(state.status, 'closed')
})

test('slow attempts count as good if slowAfterMs is null', async (t, bench) => {
  const { state, say } = setUp(bench, { slowRate: 0.1 })
  say('slow', 'slow', 'slow', 'slow', 'slow')
  t.equal(state.status, 'closed')
})

test('breakers of several processes probe at different times, at the longest open time too', async (t) => {
  const ends = await Promise.all(
    [0, 0.999].map(async (random) => {
      const { clock } = new Bench()
      const { state, say } = setUp({ clock }, {}, () => random)
      say(...BAD4)
      for (let i = 0; i < 6; i += 1) {
        await clock.advance(state.retryInMs)
        say('bad', 'bad')
      }
      return state.retryInMs
    }),
  )
  t.ok(Math.max(...ends) <= 60_000)
  t.ok(Math.max(...ends) - Math.min(...ends) > 5000, `${ends} ms`)
})
