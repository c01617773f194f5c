import { type Call, compose, type Policy, type SourceCall, type SourceRequest } from '../core/call.ts'
import type { Outcome } from '../core/outcome.ts'
import type { Simulation } from '../core/simulation.ts'
import { type CacheStore, scopedStore } from '../core/store.ts'
import { observe } from '../policies/observe.ts'
import { simulate } from '../policies/simulate.ts'
import { digestOf, type SourceOptions } from './options.ts'
import { Parameter } from './parameter.ts'
import { type BoundValues, type ClientInput, FORWARDED } from './request.ts'
import { type Params, RequestMaker } from './request-maker.ts'
import { type ResourceDependencies, SourceResources } from './resources.ts'
import type { Secrets } from './secrets.ts'
import { callStack, simulatedStack, wholeStack } from './stack.ts'
import type { SourceHealth, SourceLoad, SourceState } from './state.ts'
import type { TemplateProblem } from './template.ts'
import type { Workers } from './work.ts'

/** Facts about a source that clients may see. Its address, values and headers are secret. */
export type SourceFacts = Pick<
  SourceOptions,
  | 'description'
  | 'hidden'
  | 'safe'
  | 'forwardsBody'
  | 'needsBody'
  | 'required'
  | 'timeoutMs'
  | 'schema'
  | 'fallback'
  | 'bind'
  | 'claims'
  | 'forEach'
  | 'passStatus'
  | 'exposeHeaders'
  | 'when'
>

/** Dependencies of a source. */
export interface SourceDependencies extends ResourceDependencies {
  /** Cache store, shared by all sources. */
  readonly store: CacheStore
  /** Worker threads for large bodies. */
  readonly workers: Workers
  /** What clients may never see. */
  readonly secrets: Secrets
  /** Replaces the transport, for tests. */
  readonly attempt?: SourceCall
}

/** Calls the source through its policies. The call needs a request and its own record. */
export interface Asking {
  /** Makes a single call. */
  readonly once: SourceCall
  /** Makes the call for one item of a list; emits its own `item` event. */
  readonly item: SourceCall
}

/** Makes the calls that form one outcome of a source: zero, one, or one per item. */
export type Work = (asking: Asking) => Promise<Outcome>

/**
 * One configured upstream API: builds its requests and calls it through its stack of policies. A reload creates it
 * anew, on the resources of the one before if its configuration is unchanged.
 */
export class Source {
  readonly id: string
  readonly facts: SourceFacts
  /** By what clients call them. */
  readonly parameters: ReadonlyMap<string, Parameter>
  /** Names of the client's headers that are forwarded, in lower case. */
  readonly forwardHeaders: readonly string[]
  /** Names of the client's headers that its requests depend on, in lower case. */
  readonly dependsOnHeaders: readonly string[]
  /** Ids of the sources whose data it uses. */
  readonly needs: readonly string[]
  /** Worker threads for large data. */
  readonly workers: Workers
  readonly resources: SourceResources
  readonly #requests: RequestMaker
  readonly #state: SourceState
  readonly #whole: readonly Policy[]
  readonly #asking: Asking
  readonly #plain: SourceCall
  /** The same for calls that a client has simulated. */
  readonly #simulated: SourceCall
  readonly #ending: Policy

  constructor(
    options: SourceOptions,
    dependencies: SourceDependencies,
    resources = new SourceResources(options, dependencies),
  ) {
    const { id, description, hidden, safe, forwardsBody, needsBody, required, timeoutMs, schema, fallback } = options
    const { bind, claims, forEach, when, params, passStatus, exposeHeaders } = options
    this.id = id
    this.facts = {
      ...{ description, hidden, safe, forwardsBody, needsBody, required, timeoutMs, schema, fallback },
      ...{ bind, claims, forEach, when, passStatus, exposeHeaders },
    }
    const parameters = params.map((param) => new Parameter(param))
    this.parameters = new Map(parameters.map((parameter) => [parameter.clientName, parameter]))
    this.forwardHeaders = options.forwardHeaders
    this.dependsOnHeaders = [...options.forwardHeaders, ...(options.clientAddress ? FORWARDED : [])]
    this.needs = [
      ...new Set([
        ...bind.map(({ from }) => from),
        ...(forEach === null || forEach.from === null ? [] : [forEach.from]),
      ]),
    ]
    this.workers = dependencies.workers
    this.#requests = new RequestMaker(options)
    this.resources = resources
    this.#state = resources.state
    const tokens = resources.authorization?.tokens ?? null
    const base = { ...dependencies, tokens }
    this.#whole = wholeStack(options, base)
    // data of another configuration of this source may have another form, or belong to somebody else
    const store = scopedStore(dependencies.store, digestOf(options))
    const attempt = dependencies.attempt ?? resources.transport.attempt
    const once = compose(callStack(options, this.#state, { ...base, store }), attempt)
    this.#simulated = compose(simulatedStack(options, { ...base, store }), attempt)
    const { events, clock } = dependencies
    this.#asking = { once, item: compose([observe('item', events, clock)], once) }
    this.#ending = simulate(clock)
    this.#plain = compose(this.#whole, once)
  }

  /** What clients call a parameter. `name` is that in the configuration; one that is no parameter is returned. */
  clientNameOf(name: string): string {
    return [...this.parameters.values()].find((parameter) => parameter.name === name)?.clientName ?? name
  }

  /** Whether all its requests are equal: nothing depends on clients or other sources. */
  get isConstant(): boolean {
    return this.#requests.constant !== null && this.facts.when === null
  }

  /** Whether its data may be for one client only: it is sent something of the client, or only called for some. */
  get isPersonal(): boolean {
    const { claims, when } = this.facts
    return this.dependsOnHeaders.length > 0 || claims.length > 0 || when?.readsClaims === true
  }

  /** Whether GET and batches can ask it: that changes nothing, and it needs no body of the client. */
  get isAskable(): boolean {
    return this.facts.safe && !this.facts.needsBody
  }

  /** Whether clients can request it outside of views. */
  get isVisible(): boolean {
    return !this.facts.hidden && this.isAskable
  }

  /** Current health, for `/sources`. */
  get health(): SourceHealth {
    return { ...this.load, latencyMs: this.#state.latency }
  }

  /** Current load, for metrics. Cheaper than `health`, which merges histograms. */
  get load(): SourceLoad {
    return this.#state.load
  }

  /** Builds the request, or returns the value that does not fit into the URL, a header or the body. */
  prepare(params: Params, client: ClientInput, bound: BoundValues = {}): SourceRequest | TemplateProblem {
    return this.#requests.make(params, client, bound)
  }

  /** Whether a variable stands in the body. */
  isInBody(name: string): boolean {
    return this.#requests.isInBody(name)
  }

  /** Whether a variable stands in the URL or in a header. */
  isOutsideBody(name: string): boolean {
    return this.#requests.isOutsideBody(name)
  }

  /** Parameters as JSON: texts from a query converted by their schemas. */
  jsonOf(params: Params): Readonly<Record<string, unknown>> {
    return this.#requests.jsonOf(params)
  }

  /**
   * Checks the values of a client before other sources have answered. `claims` are those from its token. Returns the
   * value that does not fit; null if all fit.
   */
  check(params: Params, client: ClientInput, claims: BoundValues = {}): TemplateProblem | null {
    return this.#requests.check(params, client, claims)
  }

  /**
   * Calls the source; the only way to do so. Runs `work` inside observe and fallback: zero, one or many calls make one
   * outcome and one `call` event. Without `work`, it sends `call.request`.
   */
  call(call: Call, work?: Work): Promise<Outcome> {
    if (call.simulation !== undefined) return this.#simulate(call, work)
    if (work === undefined) return this.#plain(call)
    return compose(this.#whole, () => work(this.#asking))(call)
  }

  /**
   * A list ends as a whole, as its calls depend on another source's data: their number may be 0. Other calls end below
   * their cache, so that stale data can replace a simulated failure.
   */
  #simulate(call: Call, work: Work | undefined): Promise<Outcome> {
    const once = this.#simulated
    if (work === undefined) return compose(this.#whole, once)(call)
    if (this.facts.forEach === null) return compose(this.#whole, () => work({ once, item: once }))(call)
    const made: SourceCall = (one) => once({ ...one, simulation: AT_ONCE })
    return compose([...this.#whole, this.#ending], () => work({ once: made, item: made }))(call)
  }
}

/** Makes a call as usual, but apart from all others. */
const AT_ONCE: Simulation = { kind: 'delay', delayMs: 0 }
