import { isUtf8 } from 'node:buffer'
import type { SourceRequest } from '../core/call.ts'
import type { Exchanged } from './exchange.ts'

/** The parts of a request that are sent. */
export type Message = Pick<SourceRequest, 'method' | 'path' | 'headers' | 'body'>

/** Which redirects are followed. */
export interface RedirectOptions {
  /** Scheme, host and port. A redirect to another origin is not followed, because the headers may contain secrets. */
  readonly origin: string
  /** Maximum number of redirects per attempt. */
  readonly redirects: number
  /** Statuses that mean "empty"; they are not followed. */
  readonly emptyStatuses: readonly number[]
}

/** Redirects (RFC 9110, section 15.4). 300 needs a choice by the user, and 304 is about caches. */
const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308]
/**
 * These keep method and body. For the others a POST becomes a GET, as in all common clients (sections 15.4.2 to
 * 15.4.4).
 */
const SAME_REQUEST: readonly number[] = [307, 308]
/** Headers about the body; they are dropped together with it (section 15.4). */
const ABOUT_CONTENT = /^(content-.*|digest|last-modified|transfer-encoding)$/

/** Returns the request for the redirect target; null if there is no redirect, or it is not followed. */
export function redirected(message: Message, exchanged: Exchanged, options: RedirectOptions): Message | null {
  if (exchanged.kind !== 'status' || !REDIRECTS.includes(exchanged.status)) return null
  const { status, head } = exchanged
  if (head.location === undefined || options.emptyStatuses.includes(status)) return null
  const url = URL.parse(decoded(head.location), options.origin + message.path)
  if (url === null || url.origin !== options.origin) return null
  const path = url.pathname + url.search
  return message.method === 'GET' || SAME_REQUEST.includes(status) ? { ...message, path } : asGet(message, path)
}

/** Node decodes headers as latin1, but many servers send UTF-8. Without this the URL parser would encode it twice. */
function decoded(location: string): string {
  const bytes = Buffer.from(location, 'latin1')
  return isUtf8(bytes) ? bytes.toString() : location
}

function asGet({ headers }: Message, path: string): Message {
  const kept = headers.filter((_, at) => !ABOUT_CONTENT.test(headers[at - (at % 2)] ?? ''))
  return { method: 'GET', path, headers: kept, body: null }
}
