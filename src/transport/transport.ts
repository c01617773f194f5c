import type { Call } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { AttemptEnded, Events } from '../core/events.ts'
import { MAX_UPSTREAM_HEADER_BYTES } from '../core/limits.ts'
import { cutShort, failed, type Outcome } from '../core/outcome.ts'
import { Attempt, closedFailure } from './attempt.ts'
import { MAX_IDLE_MS } from './connection.ts'
import { START_BYTES } from './drain.ts'
import type { Exchanged } from './exchange.ts'
import type { Lookups } from './lookup.ts'
import type { TransportOptions } from './options.ts'
import { Pool } from './pool.ts'
import { Sender } from './sender.ts'

/** Details of an attempt for its event. */
type AttemptFacts = Omit<AttemptEnded, 'call' | 'outcome'>

/** Dependencies of a transport. */
export interface TransportDependencies {
  readonly clock: Clock
  /** Shared by all sources. */
  readonly lookups: Lookups
  /** Receives `attemptStart` and `attempt` of each attempt; the latter after its body was decoded. */
  readonly events: Events
}

/**
 * Makes attempts to one source. Each is an HTTP request on its own connection, and sometimes several (see sender.ts).
 */
export class Transport {
  readonly #options: TransportOptions
  readonly #dependencies: TransportDependencies
  /** One for each origin. */
  readonly #pools: readonly Pool[]
  readonly #senders: readonly Sender[]
  #closed = false

  constructor(options: TransportOptions, dependencies: TransportDependencies) {
    this.#options = options
    this.#dependencies = dependencies
    const { clock, lookups } = dependencies
    const own = { ...options, clock, lookups, maxHeaderBytes: MAX_UPSTREAM_HEADER_BYTES, maxIdleMs: MAX_IDLE_MS }
    this.#pools = options.origins.map((origin) => new Pool({ ...own, origin }))
    this.#senders = this.#pools.map((pool) => new Sender({ ...options, origin: pool.origin }, pool))
  }

  /** Makes one attempt. When the call is cancelled, it settles at once and frees the connection. */
  readonly attempt = async (call: Call): Promise<Outcome> => {
    if (call.cancel.reason !== null) return cutShort(call, call.cancel.reason)
    const sender = this.#senders[call.destination?.origin ?? 0]
    if (this.#closed || sender === undefined) return failed(closedFailure(call.source))
    const { clock, events } = this.#dependencies
    events.emit('attemptStart', { call })
    const attempt = new Attempt(call, this.#options, clock)
    const sent = await sender.send(call)
    const result = attempt.outcome(sent)
    // waiting for what is there already would take time
    const outcome = withHeaders(result instanceof Promise ? await result : result, sent.exchanged)
    if (!events.has('attempt')) return outcome
    const facts = factsOf(attempt, sent.exchanged)
    const tell = (ended: Outcome): void => events.emit('attempt', { call, outcome: ended, ...facts })
    if (outcome.body !== null) return { ...outcome, tell }
    tell(outcome)
    return outcome
  }

  /** Closes all connections. Running and later attempts fail. */
  close(): void {
    this.#closed = true
    for (const pool of this.#pools) pool.close()
  }
}

function withHeaders(outcome: Outcome, { head }: Exchanged): Outcome {
  return head.kept.length === 0 ? outcome : { ...outcome, headers: head.kept }
}

function factsOf({ number, startedAt }: Attempt, exchanged: Exchanged): AttemptFacts {
  const { kind, head } = exchanged
  const reason = kind === 'failed' ? exchanged.reason : null
  const coded = head.codings?.length !== 0
  // a copy, because reading the body may transfer its memory to a worker thread
  const body =
    coded || kind === 'failed'
      ? null
      : kind === 'body'
        ? Buffer.from(exchanged.body.subarray(0, START_BYTES))
        : exchanged.start
  return { number, startedAt, reason, contentType: head.contentType ?? null, body }
}
