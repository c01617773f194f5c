import { createLocalJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import type { Clock, Timer } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import { type Fetching, fetchKeySet, type KeySetError } from './fetch-key-set.ts'
import { KeysUnavailable } from './keys-unavailable.ts'

/** Pause after a successful fetch, before the next one. */
const REFRESH_MS = 10 * 60_000
/** The same, after a failed one. */
const RETRY_MS = 10_000
/** The shortest time between a fetch and one that an unknown key causes. */
const UNKNOWN_KEY_MS = 30_000
/** The longest that a request waits for a fetch. */
const PATIENCE_MS = 2000

type VerifyKey = Awaited<ReturnType<JWTVerifyGetKey>>

/** What a key set needs. */
export interface KeySetDependencies {
  readonly clock: Clock
  readonly events: Events
}

/**
 * The public keys of a token's issuer: fetched in the background, and refreshed. If a fetch fails, the last good keys
 * stay in use. At most one fetch runs at a time.
 */
export class KeySet {
  readonly #url: string
  readonly #clock: Clock
  readonly #events: Events
  #keys: JWTVerifyGetKey | null = null
  #fetching: { readonly fetch: Fetching; readonly done: Promise<void> } | null = null
  #fetchedAt = Number.NEGATIVE_INFINITY
  #nextAt = 0
  #timer: Timer | undefined
  #isFailing = false
  #isClosed = false

  constructor(url: string, { clock, events }: KeySetDependencies) {
    this.#url = url
    this.#clock = clock
    this.#events = events
  }

  /** Starts the first fetch, if none was started. */
  prefetch(): void {
    if (this.#fetchedAt === Number.NEGATIVE_INFINITY) void this.#fetch()
  }

  /**
   * Returns the key of a token. Throws jose's JWKSNoMatchingKey if there is none, KeysUnavailable if nothing was fetched
   * yet. If `mayWait`, an unknown key waits for a new fetch.
   */
  async key(mayWait: boolean, ...[header, token]: Parameters<JWTVerifyGetKey>): Promise<VerifyKey> {
    this.prefetch()
    if (this.#keys === null && mayWait) await this.#patiently()
    if (this.#keys === null) throw new KeysUnavailable(Math.max(0, this.#nextAt - this.#clock.now()))
    try {
      return await this.#keys(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      if (this.#clock.now() - this.#fetchedAt >= UNKNOWN_KEY_MS) void this.#fetch()
      if (mayWait) await this.#patiently()
      return this.#keys(header, token)
    }
  }

  /** Cancels a fetch, and starts no further one. */
  close(): void {
    this.#isClosed = true
    this.#clock.clearTimeout(this.#timer)
    this.#fetching?.fetch.cancel()
  }

  /** Waits for a fetch in progress, within bounds. */
  #patiently(): Promise<void> {
    const { done } = this.#fetching ?? {}
    if (done === undefined) return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.#clock.setTimeout(resolve, PATIENCE_MS)
      void done.then(() => {
        this.#clock.clearTimeout(timer)
        resolve()
      })
    })
  }

  /** Never rejects. */
  #fetch(): Promise<void> {
    if (this.#fetching !== null) return this.#fetching.done
    if (this.#isClosed) return Promise.resolve()
    this.#clock.clearTimeout(this.#timer)
    this.#fetchedAt = this.#clock.now()
    const fetch = fetchKeySet(this.#url, this.#clock)
    const done = fetch.keys
      .then((keys) => {
        this.#keys = createLocalJWKSet(keys)
        this.#tell(null)
      })
      .catch((error: KeySetError) => this.#tell(error.message))
      .then(() => this.#settle())
    this.#fetching = { fetch, done }
    return done
  }

  #settle(): void {
    this.#fetching = null
    if (this.#isClosed) return
    const delayMs = this.#isFailing ? RETRY_MS : REFRESH_MS
    this.#nextAt = this.#clock.now() + delayMs
    this.#timer = this.#clock.setTimeout(() => void this.#fetch(), delayMs)
  }

  /** Emits `keys` when fetches begin to fail, and when they succeed again. */
  #tell(reason: string | null): void {
    const isFailing = reason !== null
    if (this.#isFailing === isFailing || this.#isClosed) return
    this.#isFailing = isFailing
    this.#events.emit('keys', { reason, hasKeys: this.#keys !== null })
  }
}
