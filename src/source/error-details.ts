import type { Cancel } from '../core/cancel.ts'
import { formatBytes, MAX_DETAILS_BYTES } from '../core/limits.ts'
import type { Expression } from '../json/jmespath.ts'
import type { Details, Misfit } from '../policies/decode.ts'
import type { Secrets } from './secrets.ts'

/** `errorDetails`: what of a failed answer reaches clients. */

const TOO_LARGE = `they are larger than ${formatBytes(MAX_DETAILS_BYTES)}`

/** Evaluates `errorDetails` on the value of a body. `write` converts the result to JSON text. */
export function detailsOf(value: unknown, expression: Expression, write: (value: unknown) => string): Details | null {
  try {
    const part = expression(value)
    return part === null ? null : bounded(write(part))
  } catch (error) {
    return { leftOut: failedWith((error as Error).message) }
  }
}

function bounded(json: string): Details {
  return Buffer.byteLength(json) > MAX_DETAILS_BYTES ? { leftOut: TOO_LARGE } : { json }
}

function failedWith(message: string): string {
  return `the expression failed: ${message}`
}

/** Leaves details out that hold a secret of the configuration, in whatever place. */
export function withoutSecrets(details: Details | null, secrets: Secrets): Details | null {
  if (details === null || 'leftOut' in details || !secrets.areIn(details.json)) return details
  return { leftOut: 'they hold a secret of the configuration' }
}

/** What a reader of bodies yields; see `Decoded` in src/policies/decode.ts. */
type Read = { readonly body: Buffer | null } | Misfit | { readonly cut: unknown } | { readonly busy: true }

/**
 * Creates the function that reads the body of a failed answer. `read` parses it as JSON and evaluates the expression:
 * on the event loop or in a worker thread, like any other body.
 */
export function detailsReader(
  read: (bytes: Buffer, cancel: Cancel, charset: string | null) => Read | Promise<Read>,
  secrets: Secrets,
): (bytes: Buffer, cancel: Cancel, charset: string | null) => Promise<Details | null> {
  return async (bytes, cancel, charset) => withoutSecrets(found(await read(bytes, cancel, charset)), secrets)
}

function found(read: Read): Details | null {
  if ('body' in read) return read.body === null ? null : bounded(read.body.toString())
  if ('cut' in read) return { leftOut: 'the call ended while they were read' }
  if ('busy' in read) return { leftOut: 'too many bodies wait to be read' }
  return { leftOut: read.misfit === 'format' ? `the body is no JSON: ${read.detail}` : failedWith(read.detail) }
}
