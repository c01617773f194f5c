import { compilePredicate } from '../json-schema.ts'
import { attemptTimeout } from '../policies/attempt-timeout.ts'
import { Bulkhead, type BulkheadLimits } from '../policies/bulkhead.ts'
import { deadline } from '../policies/deadline.ts'
import { decode } from '../policies/decode.ts'
import { fallback } from '../policies/fallback.ts'
import { type CallObserver, observe } from '../policies/observe.ts'
import { timeout } from '../policies/timeout.ts'
import { compose, type Policy, type SourceCall, type SourceRequest } from './call.ts'
import type { Clock } from './deadline.ts'
import { Parameter, type ParameterOptions } from './parameter.ts'
import { type HeaderOptions, headerWriter, type RequestContext } from './request.ts'
import type { Template, TemplateProblem, TemplateValue } from './template.ts'
import { type AttemptObserver, Transport } from './transport/transport.ts'

/** What a source is made of: its part of the configuration, resolved (durations in milliseconds, sizes in bytes). */
export interface SourceOptions extends HeaderOptions {
  readonly id: string
  readonly description: string | null
  readonly template: Template
  readonly method: 'GET'
  readonly params: readonly ParameterOptions[]
  readonly values: Readonly<Record<string, TemplateValue>>
  readonly timeoutMs: number
  /** Null where attempts have no timeout of their own. */
  readonly attemptTimeoutMs: number | null
  readonly connectTimeoutMs: number
  readonly maxBytes: number
  /** Null for no bound. */
  readonly bulkhead: BulkheadLimits | null
  readonly fallback: { readonly value: unknown } | null
  readonly required: boolean
  readonly emptyStatuses: readonly number[]
  readonly schema: object | null
  /** Whether data that does not fit `schema` is refused. */
  readonly validate: boolean
  readonly hidden: boolean
}

/** What may be told of a source; its address, values and headers may not. */
export type SourceFacts = Pick<SourceOptions, 'description' | 'hidden' | 'required' | 'timeoutMs' | 'schema'>

export interface SourceDependencies {
  readonly clock: Clock
  readonly onCall: CallObserver
  readonly onAttempt: AttemptObserver
}

const UNBOUNDED: BulkheadLimits = { maxInFlight: Number.POSITIVE_INFINITY, maxQueue: 0 }

/** One configured upstream API: makes the requests for it, and calls it through its stack of policies. */
export class Source {
  readonly id: string
  readonly facts: SourceFacts
  readonly parameters: ReadonlyMap<string, Parameter>
  readonly call: SourceCall
  readonly #options: SourceOptions
  readonly #transport: Transport
  readonly #bulkhead: Bulkhead
  readonly #headers: (context: RequestContext) => readonly string[]

  constructor(options: SourceOptions, dependencies: SourceDependencies) {
    this.id = options.id
    this.#options = options
    const { description, hidden, required, timeoutMs, schema } = options
    this.facts = { description, hidden, required, timeoutMs, schema }
    this.parameters = new Map(options.params.map((param) => [param.name, new Parameter(param)]))
    this.#headers = headerWriter(options)
    this.#transport = new Transport({ ...options, origin: options.template.origin }, dependencies.onAttempt)
    this.#bulkhead = new Bulkhead(options.bulkhead ?? UNBOUNDED, dependencies.clock)
    this.call = compose(stack(options, this.#bulkhead, dependencies), this.#transport.attempt)
  }

  /** Attempts in flight now. */
  get inFlight(): number {
    return this.#bulkhead.inFlight
  }

  /** Attempts that wait for one in flight to end. */
  get queued(): number {
    return this.#bulkhead.queued
  }

  /** The request for these parameters, or which of them the URL cannot take. */
  prepare(
    params: Readonly<Record<string, TemplateValue | undefined>>,
    context: RequestContext,
  ): SourceRequest | TemplateProblem {
    const { template, method, values } = this.#options
    const expanded = template.expand({ ...params, ...values })
    if ('problem' in expanded) return expanded
    return { method, path: expanded.path, headers: this.#headers(context), body: null }
  }

  /** Closes its connections. */
  close(): void {
    this.#transport.close()
  }
}

/** The policies around the transport: the one place where their order is written. policies/README.md has the reasons. */
function stack(options: SourceOptions, bulkhead: Bulkhead, { clock, onCall }: SourceDependencies): readonly Policy[] {
  const validate = options.validate && options.schema !== null ? compilePredicate(options.schema) : null
  return [
    observe(onCall, clock),
    ...(options.fallback === null ? [] : [fallback(Buffer.from(JSON.stringify(options.fallback.value)))]),
    deadline(),
    decode(validate),
    timeout(options.timeoutMs, clock),
    bulkhead.policy,
    attemptTimeout(options.attemptTimeoutMs, clock),
  ]
}
