import { type IncomingMessage, request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import type { JSONWebKeySet } from 'jose'
import type { Clock } from '../core/deadline.ts'
import { isStrongPublicKey } from './weak-key.ts'

/** For the whole exchange, from the look-up of the name to the last byte. */
const TIMEOUT_MS = 5000
const MAX_BYTES = 256 * 1024

/** Why a key set could not be fetched. The message is for logs, and names neither address nor content. */
export class KeySetError extends Error {}

/** A fetch that can be cancelled. */
export interface Fetching {
  /** The usable keys. Rejects with a KeySetError. */
  readonly keys: Promise<JSONWebKeySet>
  cancel(): void
}

/** Fetches a key set (RFC 7517, section 5). Redirects are not followed. */
export function fetchKeySet(url: string, clock: Clock): Fetching {
  const send = url.startsWith('https:') ? requestHttps : requestHttp
  // one connection for one request: minutes pass until the next
  const sent = send(url, { agent: false, headers: { accept: 'application/jwk-set+json, application/json' } })
  const { promise, resolve, reject } = Promise.withResolvers<JSONWebKeySet>()
  const fail = (reason: string) => reject(new KeySetError(reason))
  const timer = clock.setTimeout(() => fail(`no answer within ${TIMEOUT_MS} ms`), TIMEOUT_MS)
  sent.on('error', (error) => reject(errorOf(error)))
  sent.on('response', (response) => readBody(response).then(parse).then(resolve, reject))
  sent.end()
  const keys = promise.finally(() => {
    clock.clearTimeout(timer)
    sent.destroy()
  })
  return { keys, cancel: () => fail('cancelled') }
}

/** Errors of the system have a code; their messages hold addresses. */
function errorOf(error: NodeJS.ErrnoException): KeySetError {
  return error instanceof KeySetError ? error : new KeySetError(error.code ?? 'the connection failed')
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  if (response.statusCode !== 200) throw new KeySetError(`the status is ${response.statusCode}, not 200`)
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response) {
      bytes += (chunk as Buffer).length
      if (bytes > MAX_BYTES) throw new KeySetError(`the body is larger than ${MAX_BYTES / 1024} KiB`)
      chunks.push(chunk as Buffer)
    }
  } catch (error) {
    throw errorOf(error as Error)
  }
  return Buffer.concat(chunks)
}

function parse(body: Buffer): JSONWebKeySet {
  const keys = keysIn(body)
  if (!Array.isArray(keys)) throw new KeySetError('the body is no key set: it has no list "keys"')
  const usable = keys.filter(isStrongPublicKey)
  if (usable.length === 0) throw new KeySetError('the key set holds no usable public key')
  return { keys: usable }
}

function keysIn(body: Buffer): unknown {
  try {
    return (JSON.parse(body.toString()) as { keys?: unknown } | null)?.keys
  } catch {
    throw new KeySetError('the body is not JSON')
  }
}
