import type { Outcome } from '../core/outcome.ts'

/** A token as its endpoint gave it. */
export interface Granted {
  /** Secret. */
  readonly value: string
  /** How long it is valid, in milliseconds; null if the endpoint does not say. */
  readonly lifeMs: number | null
}

/** Why there is no token. It is thrown in this folder only. */
export class Refused extends Error {
  /** Whether the endpoint took too long. */
  readonly timedOut: boolean
  /** Retry-After of the endpoint in milliseconds; null if it sent none. */
  readonly retryAfterMs: number | null

  /** `message` is for logs: it holds no address, and no text of the endpoint. */
  constructor(message: string, timedOut = false, retryAfterMs: number | null = null) {
    super(message)
    this.timedOut = timedOut
    this.retryAfterMs = retryAfterMs
  }
}

/** Error codes that may be shown (RFC 6749, section 5.2; RFC 8707). A text of the endpoint may hold a secret. */
const ERRORS = [
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'],
  ...['invalid_scope', 'invalid_target', 'temporarily_unavailable', 'server_error'],
]

/** The members of a token endpoint's answer. Throws Refused if it is no answer with a token. */
export function membersOf(outcome: Outcome): Readonly<Record<string, unknown>> {
  const { failure, body, errorBody } = outcome
  if (failure !== null) {
    const said = errorBody === undefined ? '' : errorIn(parsed(errorBody))
    throw new Refused(failure.message + said, failure.class === 'timeout', failure.retryAfterMs)
  }
  const members = body === null ? null : parsed(body)
  if (members === null) throw new Refused('the token endpoint did not answer with a JSON object')
  if (members.access_token === undefined)
    throw new Refused(`the token endpoint answered without an access_token${errorIn(members)}`)
  return members
}

function parsed(body: Buffer): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(body.toString().replace(/^\ufeff/, ''))
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}

function errorIn(members: Readonly<Record<string, unknown>> | null): string {
  const error = String(members?.error)
  return ERRORS.includes(error) ? `: ${error}` : ''
}

/** What a header can hold of a token: no spaces, no control characters (RFC 6749, appendix A.12). */
const SENDABLE = /^[!-~]+$/
/** The longest token, so that a source still reads its header: most servers bound all headers by 8 or 16 KiB. */
export const MAX_TOKEN_BYTES = 16 * 1024

/** Checks a token. `expiresIn` is as the endpoint wrote it: some write a text, or what is no lifetime. */
export function grantedOf(value: string, type: string, expiresIn: unknown): Granted {
  if (type.toLowerCase() !== 'bearer')
    throw new Refused('the token endpoint answered with a token_type other than Bearer')
  if (!SENDABLE.test(value)) throw new Refused('the token endpoint answered with a token that no header can hold')
  if (value.length > MAX_TOKEN_BYTES)
    throw new Refused(`the token endpoint answered with a token of more than ${MAX_TOKEN_BYTES / 1024} KiB`)
  return { value, lifeMs: lifeOf(expiresIn) }
}

/** Seconds as a number or as a text of digits. Anything else, and what is not above 0, says nothing. */
function lifeOf(expiresIn: unknown): number | null {
  const isText = typeof expiresIn === 'string' && /^\d+(\.\d+)?$/.test(expiresIn.trim())
  const seconds = isText ? Number(expiresIn) : expiresIn
  return typeof seconds === 'number' && seconds > 0 ? seconds * 1000 : null
}
