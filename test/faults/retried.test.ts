import t from 'tap'
import { build } from '../support/build.ts'
import { refusedPort } from '../support/upstream/holes.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Checks the column "retried" of the failure codes in docs/answers.md: the upstream's faults, and their attempts. */

const short = { timeout: '3s', attemptTimeout: '200ms' }
const small = { maxBytes: '1kb' }

const TWICE: readonly (readonly [string, object?])[] = [
  ['/fin-before-headers'],
  ['/rst-before-headers'],
  ['/rst-in-headers'],
  ['/fin-in-body'],
  ['/cut-chunks?how=rst'],
  ['/silent', short],
  ['/stall-in-body', short],
  ['/status?code=502'],
  ['/status?code=503'],
  ['/status?code=504'],
  ['/status?code=503&retryAfter=0'],
  ['/status?code=429&retryAfter=0'],
]

const ONCE: readonly (readonly [string, object?])[] = [
  ['/ok'],
  ['/silent?whole', { timeout: '200ms' }],
  ['/fin-before-headers?not', { idempotent: false }],
  ['/status?code=503&not', { idempotent: false }],
  ['/status?code=204'],
  ['/status?code=301&location=/ok'],
  ['/status?code=404'],
  ['/status?code=429'],
  ['/status?code=429&retryAfter=60'],
  ['/status?code=500'],
  ['/status?code=501'],
  ['/status?code=503&retryAfter=60'],
  ['/invalid-json'],
  ['/bad-status-line'],
  ['/large-headers'],
  ['/unknown-coding'],
  ['/huge-declared', small],
  ['/endless-body', small],
]

t.test('faults that are retried, and faults that are not', async (t) => {
  const upstream = await startUpstream(t)
  const rows = [...TWICE, ...ONCE]
  const sources = rows.map(([target, more]) => ({ url: upstream.url(target), ...more }))
  const service = await build(t, {
    deadline: { default: '5s' },
    // each source has a new connection, so that no request is repeated without counting as an attempt
    defaults: { retry: { attempts: 2, baseDelay: '1ms', maxDelay: '1ms' } },
    sources: Object.fromEntries(sources.map((source, at) => [`s${at}`, source])),
  })
  for (const at of rows.keys()) await service.get(`/aggregate?sources=s${at}`)
  const lines = service.log.named('upstream')
  for (const [at, [target]] of rows.entries()) {
    const times = at < TWICE.length ? 2 : 1
    t.equal(upstream.requests.filter((seen) => seen.target === target).length, times, `${target}: ${times}`)
    t.equal(lines.find(({ id }) => id === `s${at}`)?.attempts, times, `${target}, as the log says`)
  }
})

t.test('a refused connection is retried, and only the successful retry is reported', async (t) => {
  const refused = await refusedPort(t)
  const upstream = await startUpstream(t)
  const service = await build(t, {
    defaults: { retry: { baseDelay: '1ms' } },
    sources: { refused: { url: refused.origin }, flapping: { url: upstream.url('/flapping?pattern=fo') } },
  })
  const { json } = await service.get('/aggregate?explain=true')
  t.match(json.failedSources, [{ id: 'refused', code: 'connection_refused', attempts: 2 }])
  t.equal(json.failedSources.length, 1)
  t.match(json.meta.sources.flapping, { attempts: 2, upstreamStatus: 200 })
  t.equal(upstream.requests.length, 2)
})
