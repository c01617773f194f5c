import { hash } from 'node:crypto'
import type { Cached } from '../core/store.ts'

/**
 * How a cached answer is written: a letter (E empty, D data), how long it is kept (6 bytes), a digest (32 bytes), and the
 * JSON text. The digest covers the whole key, which begins with a digest of the source's configuration: a value of
 * another key, or of a program that does not know the configuration, does not match. So the text need not be parsed
 * before it is spliced into an answer.
 */

const DIGEST_AT = 7
const BODY_AT = DIGEST_AT + 32

/** The longest JSON text that is shared; more would hold up the other replies. */
export const MAX_BODY_BYTES = 1024 * 1024
export const MAX_VALUE_BYTES = BODY_AT + MAX_BODY_BYTES

export function encodeValue(key: string, body: Buffer | null, keepMs: number): Buffer {
  const value = Buffer.allocUnsafe(BODY_AT + (body?.length ?? 0))
  value.write(body === null ? 'E' : 'D', 'latin1')
  value.writeUIntBE(keepMs, 1, 6)
  body?.copy(value, BODY_AT)
  digestOf(key, value).copy(value, DIGEST_AT)
  return value
}

/**
 * Reads a value that has `leftMs` until it expires: so its age does not depend on the clocks of the processes. Null for
 * whatever is not exactly what `encodeValue` wrote for this key.
 */
export function decodeValue(key: string, value: unknown, leftMs: unknown): Cached | null {
  if (!Buffer.isBuffer(value) || value.length < BODY_AT || typeof leftMs !== 'number') return null
  const keepMs = value.readUIntBE(1, 6)
  if (leftMs < 0 || leftMs > keepMs) return null
  if (!digestOf(key, value).equals(value.subarray(DIGEST_AT, BODY_AT))) return null
  const isEmpty = value.toString('latin1', 0, 1) === 'E'
  return { body: isEmpty ? null : value.subarray(BODY_AT), ageMs: keepMs - leftMs }
}

/** Of the key, what stands before the digest, and the text. */
function digestOf(key: string, value: Buffer): Buffer {
  const body = hash('sha256', value.subarray(BODY_AT), 'hex')
  return hash('sha256', `${value.toString('hex', 0, DIGEST_AT)} ${body} ${key}`, 'buffer')
}
