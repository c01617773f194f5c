import { MAX_UPSTREAM_HEADER_BYTES } from '../../limits.ts'
import type { Call } from '../call.ts'
import type { Clock } from '../deadline.ts'
import type { SourceOptions } from '../options.ts'
import { cutShort, failed, type Outcome } from '../outcome.ts'
import { Attempt, type AttemptOptions, closedFailure } from './attempt.ts'
import type { Lookups } from './lookup.ts'
import { Pool } from './pool.ts'
import { Sender } from './sender.ts'

export interface TransportOptions
  extends AttemptOptions,
    Pick<SourceOptions, 'idempotent' | 'redirects' | 'denyPrivateAddresses'> {
  /** Scheme, host and port; every request goes there. */
  readonly origin: string
}

/**
 * Is told of every attempt once it has ended. `number` is 1 for its call's first; `reason` is the system's or the
 * library's name for an error.
 */
export type AttemptObserver = (
  call: Call,
  outcome: Outcome,
  attempt: { readonly number: number; readonly reason: string | null },
) => void

export interface TransportDependencies {
  readonly clock: Clock
  /** Shared by all sources. */
  readonly lookups: Lookups
  readonly onAttempt: AttemptObserver
}

/** Makes attempts at one source, each an HTTP request (see sender.ts for more) on a connection that it has for itself. */
export class Transport {
  readonly #options: TransportOptions
  readonly #dependencies: TransportDependencies
  readonly #pool: Pool
  readonly #sender: Sender

  constructor(options: TransportOptions, dependencies: TransportDependencies) {
    this.#options = options
    this.#dependencies = dependencies
    this.#pool = new Pool({ ...options, lookups: dependencies.lookups, maxHeaderBytes: MAX_UPSTREAM_HEADER_BYTES })
    this.#sender = new Sender(options, this.#pool)
  }

  /** One attempt. Settles at once when the call is called off, and frees its connection then. */
  readonly attempt = async (call: Call): Promise<Outcome> => {
    if (call.cancel.reason !== null) return cutShort(call, call.cancel.reason)
    if (this.#pool.closed) return failed(closedFailure(call.source))
    const { clock, onAttempt } = this.#dependencies
    const attempt = new Attempt(call, this.#options, clock)
    const sent = await this.#sender.send(call)
    const outcome = await attempt.outcome(sent)
    const reason = sent.exchanged.kind === 'failed' ? sent.exchanged.reason : null
    onAttempt(call, outcome, { number: attempt.number, reason })
    return outcome
  }

  /** Closes every connection. What still runs fails, and what comes later. */
  close(): void {
    this.#pool.close()
  }
}
