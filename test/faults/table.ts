import type { Test } from 'tap'
import { build } from '../support/build.ts'
import type { GetResponse } from '../support/get.ts'
import { trackLeaks } from '../support/leaks.ts'
import { startUpstream, type UpstreamOptions } from '../support/upstream/upstream.ts'

/** A row of faults.md: an upstream's behaviour, and the expected outcome. */
export interface Fault {
  /** A path of the scripted upstream, or a whole URL. */
  readonly target: string
  /** The failure code; or `ok` or `empty`. */
  readonly code: string
  readonly upstreamStatus?: number | null
  readonly retryAfterMs?: number | null
  readonly retryable?: boolean
  /** The data that arrives, as text. */
  readonly data?: string
  /** Keys of the source's configuration. */
  readonly source?: object
  /** The shortest allowed time. Default: 0. */
  readonly fromMs?: number
  /** The longest allowed time. Default: 700, below the default timeout. */
  readonly toMs?: number
}

const SETTLE_MS = 700

/**
 * Tries every fault beside a healthy source, over real sockets: the answer, the code, the time, the attempts, the log
 * line, that the healthy source noticed nothing, and that nothing is left when the service has stopped.
 */
export async function faultTable(t: Test, faults: readonly Fault[], options: UpstreamOptions = {}): Promise<void> {
  const leaks = trackLeaks(t)
  const upstream = await startUpstream(t, options)
  const healthy = await startUpstream(t)
  const url = (target: string) => (target.startsWith('http') ? target : upstream.url(target))
  const sources = faults.map(({ target, source }, index) => [`s${index}`, { url: url(target), ...source }])
  const service = await build(t, {
    server: { port: 0 },
    // one attempt for each fault, and no effect of the fault before it
    defaults: { timeout: '1s', retry: false, breaker: false },
    sources: { good: { url: healthy.url('/ok') }, ...Object.fromEntries(sources) },
  })
  await service.get('/aggregate?sources=good')
  for (const [index, fault] of faults.entries()) {
    await t.test(`${fault.target.replace(/^http.*?(?=\/|$)/, '')}: ${fault.code}`, async (t) => {
      const id = `s${index}`
      const startedAt = performance.now()
      const answer = await service.get(`/aggregate?sources=good,${id}&explain=true`)
      const tookMs = performance.now() - startedAt
      t.equal(answer.status, 200)
      t.equal(answer.json.data.good.ok, true, 'the healthy source has its data')
      t.ok(answer.json.meta.sources.good.durationMs < SETTLE_MS, 'and in its own time')
      t.ok(tookMs >= (fault.fromMs ?? 0) - 2, `took at least ${fault.fromMs ?? 0} ms (${tookMs})`)
      t.ok(tookMs <= (fault.toMs ?? SETTLE_MS), `took at most ${fault.toMs ?? SETTLE_MS} ms (${tookMs})`)
      checkOutcome(t, fault, id, answer)
      const line = service.log.named('upstream').findLast((line) => line.id === id)
      t.match(line, { outcome: fault.code, source: id, attempts: 1, level: failed(fault) ? 40 : 30 }, 'the log line')
    })
  }
  await service.stop()
  await Promise.all([upstream.close(), healthy.close()])
  await leaks.assertNone()
}

function failed({ code }: Fault): boolean {
  return code !== 'ok' && code !== 'empty'
}

function checkOutcome(t: Test, fault: Fault, id: string, answer: GetResponse): void {
  const { failedSources, partial, data, meta } = answer.json
  t.equal(partial, failed(fault), 'partial')
  if (fault.data !== undefined) t.ok(answer.body.includes(`"${id}":${fault.data}}`), 'the data, unchanged')
  if (fault.code === 'empty') t.equal(data[id], null)
  if (!failed(fault)) return void t.same(failedSources, [], 'nothing failed')
  t.equal(data[id], null, 'no part of a body')
  t.equal(failedSources.length, 1)
  const [entry] = failedSources
  const { upstreamStatus = null, retryAfterMs = null } = fault
  t.match(entry, {
    id,
    source: id,
    code: fault.code,
    required: false,
    upstreamStatus,
    retryAfterMs,
    attempts: 1,
    servedFrom: null,
  })
  if (fault.retryable !== undefined) t.equal(entry.retryable, fault.retryable)
  t.ok(entry.message.includes(id), 'the message names the source')
  t.notMatch(JSON.stringify(entry), /127\.0\.0|localhost/, 'and no address')
  t.equal(meta.sources[id].upstreamStatus, upstreamStatus)
}
