import type { CacheStore } from '../policies/cache.ts'
import type { CallObserver } from '../policies/observe.ts'
import type { BreakerStatus } from '../policies/parts/breaker-state.ts'
import { compose, type SourceCall, type SourceRequest } from './call.ts'
import type { Clock } from './deadline.ts'
import type { SourceOptions } from './options.ts'
import { Parameter } from './parameter.ts'
import { headerWriter, type RequestContext, requestKey } from './request.ts'
import { stack } from './stack.ts'
import { type BreakerObserver, type Percentiles, SourceState } from './state.ts'
import type { TemplateProblem, TemplateValue } from './template.ts'
import { type AttemptObserver, Transport } from './transport/transport.ts'

/** What may be told of a source; its address, values and headers may not. */
export type SourceFacts = Pick<SourceOptions, 'description' | 'hidden' | 'required' | 'timeoutMs' | 'schema'>

export interface SourceDependencies {
  readonly clock: Clock
  /** Where cached answers of all sources are kept. */
  readonly store: CacheStore
  readonly onCall: CallObserver
  readonly onAttempt: AttemptObserver
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
  readonly call: SourceCall
  readonly #options: SourceOptions
  readonly #transport: Transport
  readonly #state: SourceState
  readonly #headers: ReturnType<typeof headerWriter>

  constructor(options: SourceOptions, dependencies: SourceDependencies) {
    this.id = options.id
    this.#options = options
    const { description, hidden, required, timeoutMs, schema } = options
    this.facts = { description, hidden, required, timeoutMs, schema }
    this.parameters = new Map(options.params.map((param) => [param.name, new Parameter(param)]))
    this.#headers = headerWriter(options)
    this.#transport = new Transport({ ...options, origin: options.template.origin }, dependencies)
    this.#state = new SourceState(options, dependencies.clock, dependencies.onBreaker)
    const onCall: CallObserver = (call, outcome) => {
      this.#state.note(call, outcome)
      dependencies.onCall(call, outcome)
    }
    this.call = compose(stack(options, this.#state, { ...dependencies, onCall }), this.#transport.attempt)
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

  /** The request for these parameters, or which of them the URL cannot take. */
  prepare(
    params: Readonly<Record<string, TemplateValue | undefined>>,
    context: RequestContext,
  ): SourceRequest | TemplateProblem {
    const { template, method, values } = this.#options
    const expanded = template.expand({ ...params, ...values })
    if ('problem' in expanded) return expanded
    const { path } = expanded
    const headers = this.#headers(context)
    return { method, path, headers: headers.all, body: null, key: requestKey(method, path, headers.forwarded, null) }
  }

  /** Ends what still runs for nobody, and closes its connections. */
  close(): void {
    this.#state.coalesce?.close()
    this.#transport.close()
  }
}
