import { type PrettyOptions, prettyFactory } from 'pino-pretty'

type Log = Readonly<Record<string, unknown>>

/** Members that pino-pretty prints itself, or that are of no use at a terminal. */
const HIDDEN: ReadonlySet<string> = new Set(['level', 'time', 'msg', 'reqId', 'traceId', 'err'])

/** Formats a JSON line of the log as one line for people; an error's stack follows on further lines. */
export const prettyLine: (line: string) => string = prettyFactory({
  include: 'time,level',
  translateTime: 'SYS:HH:MM:ss.l',
  messageFormat: messageOf as NonNullable<PrettyOptions['messageFormat']>,
})

/** `upstream source=weather outcome=ok upstreamStatus=200 latencyMs=40.1 ...`, with the request's id at the end. */
function messageOf(log: Log): string {
  const members = Object.entries(log).filter(([key, value]) => !HIDDEN.has(key) && !says(log, key, value))
  const reqId = typeof log.reqId === 'string' ? [`req=${plain(log.reqId.slice(0, 8))}`] : []
  const { stack } = (log.err ?? {}) as { readonly stack?: unknown }
  const line = [log.msg, ...members.map(([key, value]) => `${key}=${text(value)}`), ...reqId].join(' ')
  return stack === undefined ? line : `${line}\n${stack}`
}

/** Whether a member is omitted: it is null or empty, or an `id` that repeats `source`. */
function says(log: Log, key: string, value: unknown): boolean {
  if (value === null || (Array.isArray(value) && value.length === 0)) return true
  return key === 'id' && value === log.source
}

function text(value: unknown): string {
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object')) return value.map(plain).join(',')
  return plain(typeof value === 'object' ? JSON.stringify(value) : value)
}

/** Quotes a value unless it is a single word, so that no control character of a client reaches the terminal. */
function plain(value: unknown): string {
  const word = String(value)
  if (/^[^\s\p{C}"]+$/u.test(word) || word.startsWith('{') || word.startsWith('['))
    return word.replaceAll(/\p{C}/gu, '?')
  return JSON.stringify(word).replaceAll(/\p{C}/gu, '?')
}
