import { type Call, compose, type Policy, type SourceCall, type SourceRequest } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import type { BreakerStatus, Events } from '../core/events.ts'
import type { Outcome } from '../core/outcome.ts'
import type { CacheStore } from '../core/store.ts'
import { observe } from '../policies/observe.ts'
import type { Lookups } from '../transport/lookup.ts'
import { Transport } from '../transport/transport.ts'
import type { SourceOptions } from './options.ts'
import { Parameter } from './parameter.ts'
import type { BoundValues, ClientHeaders } from './request.ts'
import { type Params, RequestMaker } from './request-maker.ts'
import { callStack, wholeStack } from './stack.ts'
import { type Percentiles, SourceState } from './state.ts'
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
  /** Is told what happens to its calls and attempts. */
  readonly events: Events
  /** Makes attempts in the place of its own connections. */
  readonly attempt?: SourceCall
}

/** The ways to ask a source, with its policies around each. They need a call with a request, and a record of its own. */
export interface Asking {
  readonly once: SourceCall
  /** For one item of a list of calls, which is told of for itself. */
  readonly item: SourceCall
}

/** Makes the calls of a source's part in an answer: none, one, or several. */
export type Work = (asking: Asking) => Promise<Outcome>

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
  readonly #requests: RequestMaker
  readonly #transport: Transport
  readonly #state: SourceState
  readonly #whole: readonly Policy[]
  readonly #asking: Asking
  readonly #plain: SourceCall

  constructor(options: SourceOptions, dependencies: SourceDependencies) {
    const { id, description, hidden, safe, required, timeoutMs, schema, fallback, bind, forEach, params } = options
    this.id = id
    this.facts = { description, hidden, safe, required, timeoutMs, schema, fallback, bind, forEach }
    this.parameters = new Map(params.map((param) => [param.name, new Parameter(param)]))
    this.needs = [...new Set([...bind.map(({ from }) => from), ...(forEach === null ? [] : [forEach.from])])]
    this.workers = dependencies.workers
    this.#requests = new RequestMaker(options)
    this.#transport = new Transport({ ...options, origin: options.template.origin }, dependencies)
    this.#state = new SourceState(options, dependencies.clock, dependencies.events)
    this.#whole = wholeStack(options, dependencies)
    const once = compose(callStack(options, this.#state, dependencies), dependencies.attempt ?? this.#transport.attempt)
    const { events, clock } = dependencies
    this.#asking = { once, item: compose([observe('item', events, clock)], once) }
    this.#plain = compose(this.#whole, once)
  }

  /** Whether every request to it is the same: nothing that comes from clients or from other sources reaches it. */
  get isConstant(): boolean {
    return this.#requests.constant !== null
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
  prepare(params: Params, client: ClientHeaders, bound: BoundValues = {}): SourceRequest | TemplateProblem {
    return this.#requests.make(params, client, bound)
  }

  /** Why the source cannot be asked with these values, whatever it takes from other sources; null if it can. */
  check(params: Params, client: ClientHeaders): TemplateProblem | null {
    return this.#requests.check(params, client)
  }

  /**
   * Calls the source: the only way to do so. `work` makes its calls where that is not just one; whatever it makes is one
   * outcome, and is told of once.
   */
  call(call: Call, work?: Work): Promise<Outcome> {
    if (work === undefined) return this.#plain(call)
    return compose(this.#whole, () => work(this.#asking))(call)
  }

  /** Ends what still runs for nobody, and closes its connections. */
  close(): void {
    this.#state.coalesce?.close()
    this.#transport.close()
  }
}
