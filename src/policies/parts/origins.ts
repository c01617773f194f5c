import type { AttemptKind, Destination } from '../../core/call.ts'
import type { BreakerStatus } from '../../core/events.ts'
import type { BreakerState, Verdict } from './breaker-state.ts'

/** How attempts are spread: all origins take turns, or the first one that its breaker admits takes all. */
export type Balance = 'roundRobin' | 'failover'

/** Options of the origins of a source. */
export interface OriginsOptions {
  readonly balance: Balance
  /** The breaker of each origin, in their order; null where there is none. */
  readonly breakers: readonly (BreakerState | null)[]
  /** Returns a number from 0 to below 1. */
  readonly random: () => number
}

/** The origins of a source: chooses one for each attempt. Knows them by their index only. */
export class Origins {
  readonly #balance: Balance
  readonly #breakers: readonly (BreakerState | null)[]
  /**
   * Whose turn is next. Retries and hedges have a turn of their own: with one turn for all, the retry after each call to
   * a broken origin would always move the turn back to that origin.
   */
  readonly #turns: { first: number; again: number }

  constructor({ balance, breakers, random }: OriginsOptions) {
    this.#balance = balance
    this.#breakers = breakers
    // a random start, because many processes that start together would all ask the same origin first
    const start = (): number => Math.floor(random() * breakers.length)
    this.#turns = { first: start(), again: start() }
  }

  /** The state of each breaker; null where there is none. */
  get statuses(): readonly (BreakerStatus | null)[] {
    return this.#breakers.map((breaker) => breaker?.status ?? null)
  }

  /** The state of the origin that is best off: open only if all are. Null without breakers. */
  get status(): BreakerStatus | null {
    const statuses = this.statuses
    return (['closed', 'half-open', 'open'] as const).find((status) => statuses.includes(status)) ?? null
  }

  /** Milliseconds until the first breaker may admit an attempt; 0 if one is not open. */
  get retryInMs(): number {
    return Math.min(...this.#breakers.map((breaker) => breaker?.retryInMs ?? 0))
  }

  /**
   * Chooses the origin of an attempt: of those that their breakers admit, one that this call has not asked yet, or else
   * the one that it asked longest ago. Returns null if none is admitted. The result must be passed to `conclude`.
   */
  admit(kind: AttemptKind, asked: readonly Destination[]): Destination | null {
    for (const origin of this.#inOrder(kind, asked)) {
      const breaker = this.#breakers[origin] ?? null
      const permit = breaker === null ? null : breaker.admit()
      if (breaker !== null && permit === null) continue
      this.#turns[turnOf(kind)] = (origin + 1) % this.#breakers.length
      return { origin, permit }
    }
    return null
  }

  /** Whether an attempt that waited in a queue may still be made. */
  holds({ origin, permit }: Destination): boolean {
    return permit === null || this.#breakers[origin]?.holds(permit) === true
  }

  /** Counts the result of an attempt. */
  conclude({ origin, permit }: Destination, verdict: Verdict): void {
    if (permit !== null) this.#breakers[origin]?.conclude(permit, verdict)
  }

  #inOrder(kind: AttemptKind, asked: readonly Destination[]): readonly number[] {
    const start = this.#balance === 'failover' ? 0 : this.#turns[turnOf(kind)]
    const order = this.#breakers.map((_, place) => (start + place) % this.#breakers.length)
    if (asked.length === 0) return order
    // -1 for those that were not asked; sorting is stable, so among these the turn decides
    const last = (origin: number): number => asked.findLastIndex((destination) => destination.origin === origin)
    return order.sort((a, b) => last(a) - last(b))
  }
}

function turnOf(kind: AttemptKind): 'first' | 'again' {
  return kind === 'first' ? 'first' : 'again'
}
