import { Cancel } from '../core/cancel.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { NoToken, Token, TokenSource } from '../policies/authorize.ts'
import { type Granted, Refused } from './answer.ts'
import { Spacing } from './spacing.ts'

/** The life of a token whose endpoint does not say how long it is valid. */
const USUAL_LIFE_MS = 5 * 60_000
/** Bounds of a life: a shorter one would mean a request for each call, a longer one a token that is never renewed. */
const LIFE_MS = { least: 1000, most: 24 * 60 * 60_000 }
/** The share of its life after which a token is renewed; up to a tenth earlier, so that processes do not all ask at once. */
const RENEWED_AFTER = 0.8
const RENEWAL_SPREAD = 0.1
/** A token is not used in the last part of its life: a call takes time, and clocks differ. */
const UNUSED = { share: 0.1, mostMs: 10_000 }
/** The longest Retry-After of a token endpoint that is honoured. */
const LONGEST_RETRY_AFTER_MS = 5 * 60_000
/** Tokens that may still be in use or on their way, to keep them out of what clients see. */
const REMEMBERED = 20

/** Dependencies of tokens. */
export interface TokensDependencies {
  /** Makes one request. Rejects with Refused if there is no token; ends soon when `cancel` fires. */
  readonly ask: (cancel: Cancel) => Promise<Granted>
  readonly clock: Clock
  /** Returns a number from 0 to below 1. */
  readonly random: () => number
  /** Receives `token` when no token can be had any more, and when one can be had again. */
  readonly events: Events
}

interface Held extends Token {
  /** On the scale of `Clock.now()`, like `usableUntil`. */
  readonly renewAt: number
  readonly usableUntil: number
}

/**
 * The access tokens of one source. One request for a token runs at a time, and all calls share it. A token is renewed in
 * the background, by the first call that finds it due; without calls nothing is asked and no timer runs.
 */
export class Tokens implements TokenSource {
  readonly #source: string
  readonly #dependencies: TokensDependencies
  readonly #cancel = new Cancel()
  readonly #failures: Spacing
  readonly #drops: Spacing
  #held: Held | null = null
  #asking: Promise<Token | NoToken> | null = null
  #timedOut = false
  #told: 'recovered' | 'failing' | 'out' = 'recovered'
  #values: readonly string[] = []

  constructor(source: string, dependencies: TokensDependencies) {
    this.#source = source
    this.#dependencies = dependencies
    this.#failures = new Spacing(dependencies.clock)
    this.#drops = new Spacing(dependencies.clock)
  }

  /** The latest tokens, those that are no longer used too. Secret: clients may see none of them. */
  get values(): readonly string[] {
    return this.#values
  }

  get current(): Token | null {
    return this.#held !== null && this.#dependencies.clock.now() < this.#held.usableUntil ? this.#held : null
  }

  /** See `TokenSource`. While an endpoint that has failed is left alone, it settles at once. */
  async take(cancel: Cancel): Promise<Token | NoToken> {
    if (cancel.reason !== null) return { cut: cancel.reason, timedOut: false, retryAfterMs: null }
    const isDue = this.#held === null || this.#dependencies.clock.now() >= this.#held.renewAt
    if (isDue && this.#failures.waitMs === 0 && this.#cancel.reason === null) this.#asking ??= this.#ask()
    return this.current ?? (this.#asking === null ? this.#none() : untilCut(this.#asking, cancel))
  }

  /**
   * See `TokenSource`. A source that refuses every token must not cause a request for each call: the token then stays in
   * use until the pause after the last drop has passed.
   */
  refuse(token: Token): void {
    if (this.#held !== token || this.#drops.waitMs > 0) return
    this.#drops.note()
    this.#held = null
  }

  /** Ends a running request, and makes no further one. */
  close(): void {
    this.#cancel.cancel('client')
  }

  async #ask(): Promise<Token | NoToken> {
    const { ask, clock, events } = this.#dependencies
    const startedAt = clock.now()
    const cancel = new Cancel()
    const stop = this.#cancel.onCancel((reason) => cancel.cancel(reason))
    try {
      return this.#keep(await ask(cancel), startedAt)
    } catch (error) {
      if (!(error instanceof Refused)) events.emit('bug', { source: this.#source, error })
      return this.#fail(error instanceof Refused ? error : new Refused('an internal error occurred'))
    } finally {
      stop()
      this.#asking = null
    }
  }

  /** The life counts from before the request: the endpoint has issued the token later. */
  #keep({ value, lifeMs }: Granted, startedAt: number): Token {
    const life = Math.min(LIFE_MS.most, Math.max(LIFE_MS.least, lifeMs ?? USUAL_LIFE_MS))
    const share = RENEWED_AFTER - RENEWAL_SPREAD * this.#dependencies.random()
    const usableUntil = startedAt + life - Math.min(UNUSED.share * life, UNUSED.mostMs)
    const leastUntil = this.#dependencies.clock.now() + LIFE_MS.least
    this.#held = { value, renewAt: startedAt + share * life, usableUntil: Math.max(usableUntil, leastUntil) }
    this.#values = [...this.#values.filter((other) => other !== value), value].slice(-REMEMBERED)
    this.#failures.reset()
    this.#tell('recovered', null)
    return this.#held
  }

  #fail({ message, timedOut, retryAfterMs }: Refused): NoToken {
    const pauseMs = this.#failures.note(Math.min(LONGEST_RETRY_AFTER_MS, retryAfterMs ?? 0))
    this.#timedOut = timedOut
    if (this.#cancel.reason === null) this.#tell(this.current === null ? 'out' : 'failing', message)
    return this.#none(pauseMs)
  }

  #none(waitMs = this.#failures.waitMs): NoToken {
    const retryAfterMs = Math.ceil(waitMs)
    return { cut: null, timedOut: this.#timedOut, retryAfterMs: retryAfterMs === 0 ? null : retryAfterMs }
  }

  #tell(state: 'recovered' | 'failing' | 'out', reason: string | null): void {
    if (state === this.#told) return
    this.#told = state
    this.#dependencies.events.emit('token', { source: this.#source, reason, hasToken: state !== 'out' })
  }
}

/** Waits for a request that others wait for too. */
function untilCut(asking: Promise<Token | NoToken>, cancel: Cancel): Promise<Token | NoToken> {
  return new Promise((resolve) => {
    const stop = cancel.onCancel((cut) => resolve({ cut, timedOut: false, retryAfterMs: null }))
    void asking.then((token) => {
      stop()
      resolve(token)
    })
  })
}
