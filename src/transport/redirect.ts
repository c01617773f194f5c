import { isUtf8 } from 'node:buffer'
import type { SourceRequest } from '../core/call.ts'
import type { Exchanged } from './exchange.ts'

/** What goes on the wire. */
export type Message = Pick<SourceRequest, 'method' | 'path' | 'headers' | 'body'>

export interface RedirectOptions {
  /** Scheme, host and port; a redirect to another origin is not followed, since the headers may hold secrets. */
  readonly origin: string
  /** How many redirects one attempt follows. */
  readonly redirects: number
  /** Statuses that mean "empty", and so are answers. */
  readonly emptyStatuses: readonly number[]
}

/** RFC 9110, section 15.4; 300 leaves the choice to people, and 304 is about caches. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
/** These keep method and body; after the others a POST becomes a GET, as everybody does it (sections 15.4.2 to 15.4.4). */
const SAME_REQUEST: readonly number[] = [307, 308]
/** What speaks of a body that is not sent any more (section 15.4). */
const ABOUT_CONTENT = /^(content-.*|digest|last-modified|transfer-encoding)$/

/** The request that a redirect asks for; null where there is none, or none that is followed. */
export function redirected(message: Message, exchanged: Exchanged, options: RedirectOptions): Message | null {
  if (exchanged.kind !== 'status' || !REDIRECTS.includes(exchanged.status)) return null
  const { status, head } = exchanged
  if (head.location === undefined || options.emptyStatuses.includes(status)) return null
  const url = URL.parse(decoded(head.location), options.origin + message.path)
  if (url === null || url.origin !== options.origin) return null
  const path = url.pathname + url.search
  return message.method === 'GET' || SAME_REQUEST.includes(status) ? { ...message, path } : asGet(message, path)
}

/** Header bytes come as latin1; many servers write UTF-8, which the URL parser would encode twice. */
function decoded(location: string): string {
  const bytes = Buffer.from(location, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : location
}

function asGet({ headers }: Message, path: string): Message {
  const kept = headers.filter((_, at) => !ABOUT_CONTENT.test(headers[at - (at % 2)] ?? ''))
  return { method: 'GET', path, headers: kept, body: null }
}
