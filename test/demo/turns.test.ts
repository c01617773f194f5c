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

/** How NewsAPI ends in each answer: a 503 is tried again, once, and a 500 is not (config/demo.yaml). */
function failingAfterRetry(answers: number): boolean[] {
  const turns = turnsOf('NEWSAPI', upstreams.NEWSAPI.manners, DEFAULT_SEED)
  return Array.from({ length: answers }, () => {
    const { fault } = turns.next().value
    return (fault === 503 ? turns.next().value.fault : fault) !== null
  })
}

t.test('the first four answers show it all: complete, timed out, failed, tried again', async (t) => {
  t.strictSame(first('GUARDIAN', 4).map(isSlow), [false, true, false, false])
  t.strictSame(failingAfterRetry(4), [false, false, true, false])
  t.strictSame(
    first('NEWSAPI', 5).map(({ fault }) => fault),
    [null, null, 500, 503, null],
  )
})

t.test('the upstreams keep to their shares', async (t) => {
  const share = (name: Name, kind: (turn: { delayMs: number; fault: number | null }) => boolean) =>
    first(name, 3000).filter(kind).length / 3000
  t.ok(Math.abs(share('GUARDIAN', isSlow) - 1 / 3) < 0.03)
  t.ok(Math.abs(share('NEWSAPI', isFailing) - 1 / 3) < 0.03)
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
