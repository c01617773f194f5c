import t from 'tap'
import { DEFAULT_SEED, turnsOf, upstreams } from '../../src/demo/demo.ts'

type Name = keyof typeof upstreams

const first = (name: Name, count: number, seed = DEFAULT_SEED) =>
  turnsOf(name, upstreams[name].manners, seed).take(count).toArray()
const isSlow = ({ delayMs }: { delayMs: number }) => delayMs > 500
const isFailing = ({ fault }: { fault: number | null }) => fault !== null

t.test('the same seed gives the same run, another seed another', async (t) => {
  for (const name of Object.keys(upstreams) as Name[]) {
    t.same(first(name, 50, 5), first(name, 50, 5))
    t.notSame(first(name, 50, 5), first(name, 50, 6))
  }
})

t.test('the first six answers show it all: complete, timed out, failed', async (t) => {
  const slow = first('GUARDIAN', 6).map(isSlow)
  const failing = first('NEWSAPI', 6).map(isFailing)
  const partial = slow.map((late, call) => late || failing[call])
  t.equal(partial[0], false, 'the very first answer is complete')
  t.ok(partial.filter(Boolean).length >= 2)
  t.ok(
    partial.some((any, call) => any && !failing[call]),
    'one for the timeout alone',
  )
  t.ok(
    partial.some((any, call) => any && !slow[call]),
    'one for the failure alone',
  )
})

t.test('the upstreams keep to their shares', async (t) => {
  const share = (name: Name, kind: (turn: { delayMs: number; fault: number | null }) => boolean) =>
    first(name, 3000).filter(kind).length / 3000
  t.ok(Math.abs(share('GUARDIAN', isSlow) - 1 / 3) < 0.03)
  t.ok(Math.abs(share('NEWSAPI', isFailing) - 1 / 4) < 0.03)
  t.same(new Set(first('NEWSAPI', 3000).map((turn) => turn.fault)), new Set([null, 500, 503]))
  for (const name of ['HACKERNEWS', 'OPENWEATHER'] as const) t.equal(share(name, isSlow) + share(name, isFailing), 0)
  t.equal(share('GUARDIAN', isFailing) + share('NEWSAPI', isSlow), 0)
})

t.test('ordinary answers take 20 to 80 ms', async (t) => {
  for (const name of Object.keys(upstreams) as Name[]) {
    const ordinary = first(name, 3000).filter((turn) => !isSlow(turn))
    t.ok(ordinary.every(({ delayMs }) => delayMs >= 20 && delayMs < 80))
  }
})
