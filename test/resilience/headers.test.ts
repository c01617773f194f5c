import t from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The header with the remaining time of each attempt, over real sockets. */

t.test(
  "each attempt is told how much time it has, by its own timeout, the call's, or the answer's deadline",
  async (t) => {
    const upstream = await startUpstream(t)
    const header = { deadlineHeader: 'X-Request-Timeout-Ms' }
    const retry = { attempts: 2, baseDelay: 0, maxDelay: 0 }
    const service = await build(t, {
      sources: {
        whole: { url: upstream.url('/ok?whole'), timeout: '900ms', ...header },
        each: { url: upstream.url('/status?code=502'), timeout: '900ms', attemptTimeout: '400ms', retry, ...header },
      },
    })
    const told = (target: string) =>
      upstream.requests
        .filter((seen) => seen.target.startsWith(target))
        .map(({ headers }) => {
          return Number(headers['x-request-timeout-ms'])
        })
    const between = (value: number | undefined, from: number, to: number) =>
      Number(value) >= from && Number(value) <= to
    await service.get('/aggregate')
    t.ok(between(told('/ok')[0], 800, 900), `${told('/ok')}`)
    t.equal(told('/status').length, 2)
    for (const ms of told('/status')) t.ok(between(ms, 350, 400), `${ms}`)
    upstream.reset()
    await service.get('/aggregate?deadlineMs=300&sources=whole')
    t.ok(between(told('/ok')[0], 200, 275), `the answer's deadline, less the reserve (${told('/ok')})`)
  },
)

t.test('/sources has latencies after the first calls', async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok?delayMs=50') } } })
  t.equal((await service.get('/sources')).json.sources[0].latencyMs, null)
  for (let call = 0; call < 3; call += 1) await service.get('/aggregate')
  const { p50, p95, p99 } = (await service.get('/sources')).json.sources[0].latencyMs
  t.ok(p50 >= 48 && p50 <= 300 && p50 <= p95 && p95 <= p99, `${[p50, p95, p99]}`)
})
