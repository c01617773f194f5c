import type { Clock, Timer } from '../core/deadline.ts'
import type { Events, RedisReason } from '../core/events.ts'
import { type Connect, type Connection, connect } from './connection.ts'
import { RedisFault, reasonOfReply } from './fault.ts'
import { Patience } from './patience.ts'
import { probe } from './probe.ts'
import { type Argument, ErrorReply, type Reply } from './protocol.ts'
import type { RedisTarget } from './target.ts'

/** How long connecting and the probe may take, in milliseconds. No answer waits meanwhile. */
const CONNECT_MS = 2000
/** Pause before the second try to connect, in milliseconds; it doubles with each further one. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** A connection that served for this long, in milliseconds, ends a series of failures. */
const STABLE_MS = 10_000
/** The most commands without a reply, and the most bytes that they write. What is more is not sent. */
const MAX_IN_FLIGHT = 2000
const MAX_BYTES_IN_FLIGHT = 32 * 1024 * 1024

/** Returns the link to Redis; null where there is none, or it is not available. */
export type LinkOf = () => Link | null

export interface LinkOptions {
  readonly target: RedisTarget
  readonly clock: Clock
  /** Receives `redis` when it becomes available or unavailable. */
  readonly events: Events
  /** Replaces the connection, and the jitter, for tests. */
  readonly connect?: Connect
  readonly random?: () => number
}

/**
 * The link to Redis: connects again and again, and says whether Redis is available. It is available after a probe has
 * written and read something. It is no longer when a command fails, times out, or several are slow: then the
 * connection is closed, and no answer waits until a new one has passed the probe.
 */
export class Link {
  readonly #options: LinkOptions
  readonly #patience: Patience
  #connection: Connection | null = null
  #available = false
  /** The last state that was told; null at the start. */
  #told: boolean | null = null
  #failures = 0
  #availableSince = 0
  #timer: Timer
  #inFlight = 0
  #bytesInFlight = 0

  /** Connects at once, in the background. */
  constructor(options: LinkOptions) {
    this.#options = options
    this.#patience = new Patience(options.clock)
    this.#connect()
  }

  get available(): boolean {
    return this.#available && !this.#patience.isResting
  }

  /**
   * Sends a command; `bytes` is the size of what it writes. Rejects with a RedisFault where Redis is not available or
   * does not reply in time, and with an ErrorReply where it refuses this command only.
   */
  async send(command: readonly Argument[], bytes = 0): Promise<Reply> {
    const connection = this.#connection
    const isFull = this.#inFlight >= MAX_IN_FLIGHT || this.#bytesInFlight + bytes > MAX_BYTES_IN_FLIGHT
    if (!this.available || connection === null || isFull) throw new RedisFault('busy')
    this.#inFlight += 1
    this.#bytesInFlight += bytes
    try {
      return await this.#patience.wait(connection.call(...command))
    } catch (error) {
      const reason = faultOf(error)
      if (reason !== null) this.#fail(connection, reason)
      throw error
    } finally {
      this.#inFlight -= 1
      this.#bytesInFlight -= bytes
    }
  }

  /** Closes the connection, after what was written has left. */
  close(): void {
    this.#available = false
    this.#options.clock.clearTimeout(this.#timer)
    this.#connection?.close()
    this.#connection = null
  }

  #connect(): void {
    const { target, clock } = this.#options
    const connection = (this.#options.connect ?? connect)(target)
    this.#connection = connection
    this.#patience.reset()
    this.#timer = clock.setTimeout(() => this.#fail(connection, 'connection_timeout'), CONNECT_MS)
    void connection.ended.then(({ reason }) => this.#fail(connection, reason))
    connection.ready
      .then(() => probe(connection, this.#patience))
      .then(
        () => this.#succeed(connection),
        (error) => this.#fail(connection, faultOf(error) ?? 'protocol_error'),
      )
  }

  #succeed(connection: Connection): void {
    if (connection !== this.#connection) return
    this.#options.clock.clearTimeout(this.#timer)
    this.#available = true
    this.#availableSince = this.#options.clock.now()
    this.#tell(null)
  }

  /** Results of earlier connections are ignored. */
  #fail(connection: Connection, reason: RedisReason): void {
    if (connection !== this.#connection) return
    const { clock, random = Math.random } = this.#options
    clock.clearTimeout(this.#timer)
    if (this.#available && clock.now() - this.#availableSince >= STABLE_MS) this.#failures = 0
    this.#available = false
    this.#connection = null
    connection.destroy()
    this.#tell(reason)
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** this.#failures)
    this.#failures = Math.min(this.#failures + 1, 10)
    this.#timer = clock.setTimeout(() => this.#connect(), pause * (0.5 + random() / 2))
  }

  #tell(reason: RedisReason | null): void {
    const available = reason === null
    if (this.#told === available) return
    this.#told = available
    this.#options.events.emit('redis', { available, reason })
  }
}

/** Why Redis as a whole cannot be used; null if only this command is wrong. */
function faultOf(error: unknown): RedisReason | null {
  if (error instanceof RedisFault) return error.reason
  return error instanceof ErrorReply ? reasonOfReply(error.message) : 'protocol_error'
}
