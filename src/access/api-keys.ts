import { createHash, timingSafeEqual } from 'node:crypto'
import type { Client } from '../http/client.ts'
import { clientKey } from './client-key.ts'

/** The API keys that let clients in. Kept as digests: they have one length, and a dump of memory shows no key. */
export class ApiKeys {
  readonly #digests: readonly Buffer[]

  constructor(keys: readonly string[]) {
    this.#digests = keys.map(digestOf)
  }

  /**
   * Returns the client that has this key; null if there is none. Compares with every key in constant time, so that the
   * duration reveals neither how much of a key is right nor which one.
   */
  clientOf(given: string): Client | null {
    const digest = digestOf(given)
    const matches = this.#digests.filter((known) => timingSafeEqual(known, digest))
    return matches.length === 0 ? null : { key: clientKey('key', [given]), claims: null }
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
