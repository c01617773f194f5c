import { isDeepStrictEqual } from 'node:util'
import type { RequestCounter } from '../core/counter.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { CacheStore } from '../core/store.ts'
import type { Connect } from './connection.ts'
import { SharedCounter } from './counter.ts'
import { Link, type LinkOf } from './link.ts'
import { SharedStore } from './store.ts'
import type { RedisTarget } from './target.ts'

export interface SharingOptions {
  /** The cache and the counter of this process. */
  readonly local: { readonly store: CacheStore; readonly counter: RequestCounter }
  readonly clock: Clock
  readonly events: Events
  /** Replaces the connection to Redis, for tests. */
  readonly connect?: Connect
}

/**
 * What processes share: cached answers and the counters of clients. Sources keep `store` for as long as they live. A
 * reload can put another Redis behind it, or none.
 */
export class Sharing {
  readonly store: CacheStore
  readonly counter: RequestCounter
  readonly #options: SharingOptions
  #target: RedisTarget | null = null
  #link: Link | null = null

  constructor(options: SharingOptions) {
    const linkOf: LinkOf = () => (this.#link?.available ? this.#link : null)
    this.#options = options
    this.store = new SharedStore(linkOf, options.local.store)
    this.counter = new SharedCounter(linkOf, options.local.counter)
  }

  /** Connects to this Redis in the background, and disconnects from the one before. Null: this process shares nothing. */
  use(target: RedisTarget | null): void {
    if (isDeepStrictEqual(target, this.#target)) return
    this.#link?.close()
    this.#target = target
    this.#link = target && new Link({ ...this.#options, target })
  }

  /** Disconnects from Redis, and releases what is kept in this process. */
  async close(): Promise<void> {
    this.use(null)
    await this.store.close()
  }
}
