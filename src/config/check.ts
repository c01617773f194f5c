import { isIP } from 'node:net'
import { formatBytes } from '../core/limits.ts'
import type { DeadlineConfig, ServerConfig, ViewConfig } from './config.ts'
import type { SourceDraft } from './resolve-source.ts'
import type { Scope, SourceScope } from './scope.ts'
import { type Path, quote } from './text/problems.ts'
import { formatMs } from './text/units.ts'

/** `hostPath` is where the host is written: in the file, or in the environment variable HOST. */
export function checkServer(scope: Scope, server: ServerConfig, hostPath: Path): void {
  const wrong = hostProblem(server.host)
  if (wrong !== null) scope.problem(hostPath, `${scope.show(hostPath, quote(server.host))} ${wrong}`)
  checkTrustProxy(scope, server)
}

/** Why nothing can listen there, as the end of a sentence; null if it may be right. */
function hostProblem(host: string): string | null {
  if (isIP(host) !== 0) return null
  if (/^\*+$/.test(host)) return 'is no address; write 0.0.0.0 to listen on all of them'
  if (/^\[.*\]$/.test(host) && isIP(host.slice(1, -1)) === 6) return 'has brackets; write the IPv6 address without them'
  if (/^[^:]+:[0-9]+$/.test(host)) return 'holds a port; write the port under server.port'
  if (/^[0-9.]+$/.test(host) || host.includes(':'))
    return 'is no valid address; write for example 127.0.0.1, 0.0.0.0 or ::1'
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(host)
    ? null
    : 'is no host name or address; write for example 127.0.0.1 or 0.0.0.0'
}

function checkTrustProxy({ problem }: Scope, { trustProxy }: ServerConfig): void {
  if (typeof trustProxy !== 'object') return
  for (const part of trustProxy) {
    if (isRange(part)) continue
    problem(['server', 'trustProxy'], 'holds no valid address or CIDR range; write for example 10.0.0.1 or 10.0.0.0/8')
  }
}

/** What Fastify's proxy-addr takes: an address, a range of 1 bit or more, or one of its names. */
function isRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [, address = '', bits] = /^([^/]*)(?:\/([1-9][0-9]{0,2}))?$/.exec(text) ?? []
  const longest = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : 0
  return longest > 0 && Number(bits ?? 1) <= longest
}

export function checkDeadline({ problem, show, isBroken }: Scope, deadline: DeadlineConfig): void {
  if (deadline.defaultMs <= deadline.maxMs || isBroken(['deadline'])) return
  const most = show(['deadline', 'max'], formatMs(deadline.maxMs))
  const standard = show(['deadline', 'default'], formatMs(deadline.defaultMs))
  problem(['deadline', 'default'], `${standard} is above max, which is ${most}; lower default or raise max`)
}

/** Clients need something to ask for: a source that is not hidden, or a view. */
export function checkVisible({ problem, isBroken }: Scope, sources: readonly SourceDraft[], hasViews: boolean): void {
  const path = ['sources']
  if (sources.length === 0 && !isBroken(path)) problem(path, 'is empty; write at least one source')
  const isCertain = !isBroken(['defaults', 'hidden']) && !sources.some(({ id }) => isBroken([...path, id, 'hidden']))
  if (!isCertain || sources.length === 0 || hasViews) return
  if (sources.every(({ hidden }) => hidden))
    problem(
      path,
      'every source is hidden and there is no view, so there is nothing to ask; write a view, or hidden: false',
    )
}

/** What a source may send, or be asked for, and no answer can hold. */
export function warnOfBounds({ source, warn, show, at, hasBroken }: SourceScope, server: ServerConfig): void {
  if (source.maxBytes > server.maxAnswerBytes && !hasBroken('maxBytes')) {
    const bytes = show(at('maxBytes'), formatBytes(source.maxBytes))
    warn(
      at('maxBytes'),
      `${bytes} is above server.maxAnswerBytes, which is ${formatBytes(server.maxAnswerBytes)}, so that larger data never reaches a client; lower the one or raise the other`,
    )
  }
  const limit = source.forEach?.limit ?? 0
  if (limit <= server.maxAttempts || hasBroken('forEach')) return
  warn(
    ['sources', source.id, 'forEach', 'limit'],
    `${limit} items are more than server.maxAttempts, which is ${server.maxAttempts}, so that the last ones always fail; lower the one or raise the other`,
  )
}

export interface TimeoutCheck {
  readonly source: SourceDraft
  /** Where the timeout is written. */
  readonly path: Path
  /** The ids of the source itself and of all that need it: a request for one of them calls it. */
  readonly callers: ReadonlySet<string>
  /** Whether GET /aggregate asks for one of them. */
  readonly visible: boolean
  readonly views: readonly ViewConfig[]
  readonly deadline: DeadlineConfig
}

/** A timeout that is above every deadline under which its source is called never comes into play. */
export function warnOfLongTimeout({ warn, show }: Scope, check: TimeoutCheck): void {
  const { source, path, callers, visible, views, deadline } = check
  const using = views.filter(({ entries }) => entries.some((entry) => callers.has(entry.source)))
  const deadlines = [...using.map(({ deadlineMs }) => deadlineMs), ...(visible ? [deadline.defaultMs] : [])]
  if (deadlines.some((deadlineMs) => source.timeoutMs <= deadlineMs) || deadlines.length === 0) return
  const timeout = show(path, formatMs(source.timeoutMs))
  warn(path, `${timeout} is above every deadline that "${source.id}" is called under, so it has no effect`)
}
