import type { Config } from './config/config.ts'
import { type Clock, systemClock } from './core/deadline.ts'
import { Lifecycle } from './http/lifecycle.ts'
import { MemoryStore } from './source/memory-store.ts'
import { Source } from './source/source.ts'
import type { Workers } from './source/work.ts'
import type { Log, Logger } from './telemetry/logger.ts'
import { logAttempts, logBreakers, logCalls, logItems, logRefreshes } from './telemetry/observers.ts'
import { Lookups } from './transport/lookup.ts'
import { WorkerPool } from './workers/pool.ts'

export interface RuntimeOptions {
  readonly log: Log
  readonly clock?: Clock
  /** The process's; one of its own where nobody asks for it. */
  readonly lifecycle?: Lifecycle
}

/**
 * What outlives the app that serves it: the sources, with their connections and their state. Whoever serves from it
 * retains it, and the last to release it closes it: an app that a reload replaced may still have answers in work.
 */
export class Runtime {
  readonly config: Config
  readonly logger: Logger
  readonly clock: Clock
  readonly lifecycle: Lifecycle
  readonly sources: ReadonlyMap<string, Source>
  readonly #workers = new WorkerPool()
  #users = 1

  constructor(config: Config, options: RuntimeOptions) {
    this.config = config
    this.logger = options.log.logger
    this.clock = options.clock ?? systemClock
    this.lifecycle = options.lifecycle ?? new Lifecycle()
    const dependencies = {
      clock: this.clock,
      lookups: new Lookups(this.clock),
      workers: this.#workers,
      store: new MemoryStore(config.cache.maxBytes, this.clock),
      onCall: logCalls(this.logger),
      onAttempt: logAttempts(this.logger),
      onItem: logItems(this.logger),
      onRefresh: logRefreshes(this.logger),
      onBreaker: logBreakers(this.logger),
    }
    const made = [...config.sources.values()].map((source) => new Source(source, dependencies))
    this.sources = new Map(made.map((source) => [source.id, source]))
  }

  /** One more user. */
  retain(): void {
    if (this.#users === 0) throw new Error('this runtime is closed')
    this.#users += 1
  }

  /** One user fewer; whoever made the runtime is its first. */
  release(): void {
    this.#users -= 1
    if (this.#users > 0) return
    for (const source of this.sources.values()) source.close()
    void this.#workers.close()
  }

  /** Worker threads, for what would hold the event loop up. */
  get workers(): Workers {
    return this.#workers
  }
}
