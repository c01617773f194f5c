import { isDeepStrictEqual } from 'node:util'
import { Authenticator, tokensOf } from './access/authenticator.ts'
import type { Tokens } from './access/tokens.ts'
import type { Config } from './config/config.ts'
import type { RequestCounter } from './core/counter.ts'
import { type Clock, systemClock } from './core/deadline.ts'
import { Events } from './core/events.ts'
import { Pending } from './core/pending.ts'
import { Shared } from './core/shared.ts'
import type { CacheStore } from './core/store.ts'
import { followClient, type Sampler } from './core/trace.ts'
import { Lifecycle } from './http/lifecycle.ts'
import { MemoryCounter } from './http/memory-counter.ts'
import { Sharing } from './redis/sharing.ts'
import { MemoryStore } from './source/memory-store.ts'
import { type SourceOptions, sameOptions } from './source/options.ts'
import { SourceResources } from './source/resources.ts'
import { Secrets } from './source/secrets.ts'
import { Source } from './source/source.ts'
import type { Workers } from './source/work.ts'
import { logEvents } from './telemetry/log-events.ts'
import type { Log, Logger } from './telemetry/logger.ts'
import { Metrics } from './telemetry/metrics.ts'
import type { Tracing } from './telemetry/registry.ts'
import { Lookups } from './transport/lookup.ts'
import { WorkerPool } from './workers/pool.ts'

export interface RuntimeOptions {
  readonly log: Log
  readonly clock?: Clock
  /** The lifecycle of the process. Default: a new one. */
  readonly lifecycle?: Lifecycle
  /** Where this process keeps cached answers; its memory by default. The runtime closes it. */
  readonly store?: CacheStore
  /** Records traces. Default: none are recorded. */
  readonly tracing?: Tracing | null
}

/** Shared by a runtime and the runtimes that replace it, whatever their configurations. */
interface Common {
  readonly logger: Logger
  readonly clock: Clock
  readonly events: Events
  readonly metrics: Metrics
  readonly sampler: Sampler
  readonly lifecycle: Lifecycle
  readonly lookups: Lookups
  /** Where this process keeps cached answers. */
  readonly local: CacheStore
  /** Where sources keep cached answers: `sharing.store`. */
  readonly store: CacheStore
  /** What other processes see too, if Redis is configured. */
  readonly sharing: Sharing
  readonly workers: WorkerPool
  readonly unfinished: Pending
}

/**
 * The sources with their connections and state, and the services that they share. Reference-counted: each app retains
 * its runtime, and the last release closes it. An app that a reload replaced may still have requests in progress.
 */
export class Runtime {
  readonly config: Config
  readonly sources: ReadonlyMap<string, Source>
  /** Finds out who sent a request; null if everybody gets in. */
  readonly authenticator: Authenticator | null
  readonly #common: Shared<Common>
  readonly #owned: ReadonlyMap<string, Shared<SourceResources>>
  readonly #tokens: Shared<Promise<Tokens>> | null
  readonly #self = new Shared<Runtime>(this, () => this.#close())

  private constructor(config: Config, common: Shared<Common>, previous: Runtime | null) {
    this.config = config
    this.#common = common
    this.#owned = new Map([...config.sources].map(([id, options]) => [id, this.#own(options, previous)]))
    this.#tokens = this.#verify(previous)
    const { auth } = config.server
    this.authenticator = auth === null ? null : new Authenticator(auth, this.#tokens?.thing ?? null)
    const tokens = () => [...this.#owned.values()].flatMap(({ thing }) => thing.secrets)
    const secrets = new Secrets(config.secrets, tokens)
    this.sources = new Map([...config.sources].map(([id, options]) => [id, this.#sourceOf(options, secrets)]))
  }

  /** Creates the first runtime of a process. */
  static start(config: Config, options: RuntimeOptions): Runtime {
    return new Runtime(config, new Shared(newCommon(config, options), closeCommon), null)
  }

  /**
   * Creates the runtime that replaces another one. Sources with the same configuration keep their connections,
   * breakers and caches, and the same `server.auth.jwt` the keys that were fetched. The last of both runtimes to be released
   * closes them.
   */
  static from(config: Config, previous: Runtime): Runtime {
    return new Runtime(config, previous.#common.retain(), previous)
  }

  get logger(): Logger {
    return this.#common.thing.logger
  }

  get clock(): Clock {
    return this.#common.thing.clock
  }

  /** The channel of all events. */
  get events(): Events {
    return this.#common.thing.events
  }

  get metrics(): Metrics {
    return this.#common.thing.metrics
  }

  /** Decides which traces are recorded. */
  get sampler(): Sampler {
    return this.#common.thing.sampler
  }

  get lifecycle(): Lifecycle {
    return this.#common.thing.lifecycle
  }

  /** Counts the requests of clients for the rate limit. */
  get counter(): RequestCounter {
    return this.#common.thing.sharing.counter
  }

  /** Requests to sources that run on after their answers. */
  get unfinished(): Pending {
    return this.#common.thing.unfinished
  }

  /** Worker threads, for work that would block the event loop. */
  get workers(): Workers {
    return this.#common.thing.workers
  }

  /** From now on, answers are kept and clients are counted where this configuration says. Called when it takes over. */
  useStores(): void {
    const { local, sharing } = this.#common.thing
    if (local instanceof MemoryStore) local.resize(this.config.cache.maxBytes)
    sharing.use(this.config.redis)
  }

  /** Adds a user. */
  retain(): void {
    this.#self.retain()
  }

  /** Removes a user; the creator of the runtime is its first user. The last release closes it. */
  release(): void {
    this.#self.release()
  }

  #own(options: SourceOptions, previous: Runtime | null): Shared<SourceResources> {
    const before = previous?.config.sources.get(options.id)
    const kept = previous === null ? undefined : previous.#owned.get(options.id)
    if (kept !== undefined && before !== undefined && sameOptions(before, options)) return kept.retain()
    return new Shared(new SourceResources(options, this.#common.thing), (resources) => resources.close())
  }

  #sourceOf(options: SourceOptions, secrets: Secrets): Source {
    return new Source(options, { ...this.#common.thing, secrets }, this.#owned.get(options.id)?.thing)
  }

  /** Tokens are verified with the keys that the previous runtime has fetched, if they are configured as before. */
  #verify(previous: Runtime | null): Shared<Promise<Tokens>> | null {
    const jwt = this.config.server.auth?.jwt ?? null
    if (jwt === null) return null
    const kept = previous === null ? null : previous.#tokens
    if (kept !== null && isDeepStrictEqual(previous?.config.server.auth?.jwt, jwt)) return kept.retain()
    return new Shared(tokensOf(jwt, this.#common.thing), (tokens) => void tokens.then((loaded) => loaded.close()))
  }

  #close(): void {
    this.#tokens?.release()
    for (const resources of this.#owned.values()) resources.release()
    this.#common.release()
  }
}

function newCommon(config: Config, options: RuntimeOptions): Common {
  const { log, clock = systemClock, lifecycle = new Lifecycle(), store, tracing } = options
  const events = new Events()
  logEvents(events, log.logger)
  if (tracing) events.listen(tracing.listeners(clock, log.logger))
  const local = store ?? new MemoryStore(config.cache.maxBytes, clock)
  const sharing = new Sharing({ local: { store: local, counter: new MemoryCounter(clock) }, clock, events })
  sharing.use(config.redis)
  return {
    logger: log.logger,
    clock,
    events,
    metrics: new Metrics({ events, log, lifecycle }),
    sampler: tracing?.sampler ?? followClient,
    lifecycle,
    lookups: new Lookups(clock),
    local,
    store: sharing.store,
    sharing,
    workers: new WorkerPool(),
    unfinished: new Pending(),
  }
}

function closeCommon({ sharing, workers, metrics }: Common): void {
  metrics.close()
  void sharing.close().catch(() => {})
  void workers.close()
}
