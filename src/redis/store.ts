import type { Cached, CacheStore } from '../core/store.ts'
import { cacheKeyOf, read, remove, timeLeft, write } from './commands.ts'
import type { LinkOf } from './link.ts'
import { ErrorReply } from './protocol.ts'
import { decodeValue, encodeValue, MAX_BODY_BYTES } from './value.ts'

/**
 * Shares answers through Redis. Each is kept in `local` too: that serves while Redis is not available, and holds what is
 * too large for Redis.
 */
export class SharedStore implements CacheStore {
  readonly #linkOf: LinkOf
  readonly #local: CacheStore

  constructor(linkOf: LinkOf, local: CacheStore) {
    this.#linkOf = linkOf
    this.#local = local
  }

  async get(key: string): Promise<Cached | null> {
    const link = this.#linkOf()
    if (link === null) return this.#local.get(key)
    const name = cacheKeyOf(key)
    try {
      const [leftMs, value] = await Promise.all([link.send(timeLeft(name)), link.send(read(name))])
      return decodeValue(key, value, leftMs) ?? (await this.#large(key))
    } catch (error) {
      return error instanceof ErrorReply ? null : this.#local.get(key)
    }
  }

  async set(key: string, body: Buffer | null, keepMs: number): Promise<void> {
    await this.#local.set(key, body, keepMs)
    const link = this.#linkOf()
    if (link === null || keepMs <= 0) return
    const name = cacheKeyOf(key)
    // an older and smaller value must not be served instead
    if ((body?.length ?? 0) > MAX_BODY_BYTES) await link.send(remove(name))
    else await link.send(write(name, encodeValue(key, body, keepMs), keepMs), body?.length ?? 0)
  }

  async close(): Promise<void> {
    await this.#local.close()
  }

  /** Other local values are not read: what was removed from Redis must be gone. */
  async #large(key: string): Promise<Cached | null> {
    const cached = await this.#local.get(key)
    return (cached?.body?.length ?? 0) > MAX_BODY_BYTES ? cached : null
  }
}
