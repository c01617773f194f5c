import { type Call, compose, newRecord, type SourceCall, type SourceRequest } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { Outcome } from '../core/outcome.ts'
import type { CacheStore } from '../policies/cache.ts'
import type { CallObserver } from '../policies/observe.ts'
import type { BreakerStatus } from '../policies/parts/breaker-state.ts'
import type { Lookups } from '../transport/lookup.ts'
import { type AttemptObserver, Transport } from '../transport/transport.ts'
import type { SourceOptions } from './options.ts'
import { Parameter } from './parameter.ts'
import type { BoundValues, RequestContext } from './request.ts'
import { type Params, RequestMaker } from './request-maker.ts'
import { callStack, wholeStack } from './stack.ts'
import { type BreakerObserver, type Percentiles, SourceState } from './state.ts'
import type { TemplateProblem } from './template.ts'
import type { Workers } from './work.ts'

/** What may be told of a source; its address, values and headers may not. */
export type SourceFacts = Pick<
  SourceOptions,
  'description' | 'hidden' | 'safe' | 'required' | 'timeoutMs' | 'schema' | 'fallback' | 'bind' | 'forEach'
>

export interface SourceDependencies {
  readonly clock: Clock
  readonly lookups: Lookups
  /** Where cached answers of all sources are kept. */
  readonly store: CacheStore
  /** Where large bodies are read. */
  readonly workers: Workers
  readonly onCall: CallObserver
  /** Null where nobody wants to know. */
  readonly onAttempt: AttemptObserver | null
  /** Is told of each item's call. */
  readonly onItem: CallObserver
  /** Is told of calls that nobody waits for. */
  readonly onRefresh: CallObserver
  readonly onBreaker: BreakerObserver
}

/** How a source is doing; null for what is not configured, or not known yet. */
export interface SourceHealth {
  readonly breaker: BreakerStatus | null
  /** Extra attempts that its budget would still pay for. */
  readonly budget: number | null
  /** Attempts in flight now. */
  readonly inFlight: number
  /** Attempts that wait for a place, or for the rate limit. */
  readonly queued: number
  readonly latencyMs: Percentiles | null
}

/** One configured upstream API: makes the requests for it, and calls it through its stack of policies. */
export class Source {
  readonly id: string
  readonly facts: SourceFacts
  readonly parameters: ReadonlyMap<string, Parameter>
  /** The sources whose data it takes. */
  readonly needs: readonly string[]
  /** Where what is large is read. */
  readonly workers: Workers
  /** One call, with all policies around it. */
  readonly call: SourceCall
  readonly #requests: RequestMaker
  readonly #transport: Transport
  readonly #state: SourceState
  readonly #clock: Clock
  readonly #onItem: CallObserver
  readonly #around: (work: SourceCall) => SourceCall
  readonly #each: SourceCall

  constructor(options: SourceOptions, dependencies: SourceDependencies) {
    const { id, description, hidden, safe, required, timeoutMs, schema, fallback, bind, forEach, params } = options
    this.id = id
    this.facts = { description, hidden, safe, required, timeoutMs, schema, fallback, bind, forEach }
    this.parameters = new Map(params.map((param) => [param.name, new Parameter(param)]))
    this.needs = [...new Set([...bind.map(({ from }) => from), ...(forEach === null ? [] : [forEach.from])])]
    this.workers = dependencies.workers
    this.#clock = dependencies.clock
    this.#onItem = dependencies.onItem
    this.#requests = new RequestMaker(options)
    this.#transport = new Transport({ ...options, origin: options.template.origin }, dependencies)
    this.#state = new SourceState(options, dependencies.clock, dependencies.onBreaker)
    const whole = wholeStack(options, dependencies)
    this.#each = compose(callStack(options, this.#state, dependencies), this.#transport.attempt)
    this.#around = (work) => compose(whole, work)
    this.call = this.#around(this.#each)
  }

  /** Whether it can be asked for outside of views: it is not hidden, and asking it changes nothing. */
  get isVisible(): boolean {
    return !this.facts.hidden && this.facts.safe
  }

  get health(): SourceHealth {
    const { breaker, budget, bulkhead, queued, latency } = this.#state
    return {
      breaker: breaker?.status ?? null,
      budget: budget?.balance ?? null,
      inFlight: bulkhead.inFlight,
      queued,
      latencyMs: latency,
    }
  }

  /** The request for these values, or which of them the URL or a header cannot take. */
  prepare(params: Params, context: RequestContext, bound: BoundValues = {}): SourceRequest | TemplateProblem {
    return this.#requests.make(params, context, bound)
  }

  /** Its part in an answer that is more than one call, or not sure to be one: `work` makes them, by `each`. */
  part(call: Call, work: (each: SourceCall) => Promise<Outcome>): Promise<Outcome> {
    return this.#around(() => work(this.#each))(call)
  }

  /** One item's call, with a record of its own; told to the observer of items. */
  async item(call: Call): Promise<{ readonly outcome: Outcome; readonly call: Call }> {
    const own: Call = { ...call, record: { ...newRecord(), startedAt: this.#clock.now() } }
    const outcome = await this.#each(own)
    own.record.endedAt = this.#clock.now()
    this.#onItem(own, outcome)
    return { outcome, call: own }
  }

  /** Ends what still runs for nobody, and closes its connections. */
  close(): void {
    this.#state.coalesce?.close()
    this.#transport.close()
  }
}
