import type { Test } from 'tap'
import { type AggregateOptions, aggregate, stream } from '../../src/aggregate/aggregate.ts'
import type { Batch } from '../../src/aggregate/batch.ts'
import { type Endpoint, endpointOf } from '../../src/aggregate/endpoint.ts'
import type { FailedSource } from '../../src/aggregate/envelope.ts'
import { type Entry, entryOf, menuOf } from '../../src/aggregate/menu.ts'
import { makePlan, type Plan } from '../../src/aggregate/plan.ts'
import { doneRecord, sourceRecord } from '../../src/aggregate/record.ts'
import { type Selection, selectByBatch, selectByQuery } from '../../src/aggregate/selection.ts'
import type { Query } from '../../src/aggregate/settings.ts'
import type { Call, SourceRequest } from '../../src/core/call.ts'
import { cutShort, type Outcome } from '../../src/core/outcome.ts'
import { Problem } from '../../src/http/problem.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import type { Binding, ForEach, SourceOptions } from '../../src/source/options.ts'
import type { ClientHeaders } from '../../src/source/request.ts'
import type { Source } from '../../src/source/source.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { USUAL_ALLOWANCE } from '../support/allowance.ts'
import { withoutBugs } from '../support/events.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { here } from '../support/workers.ts'
import { asker, json, makeOptions, type Params, stubSource } from './bench.ts'

/** The response of an upstream; a string is JSON. */
export type Reply = string | Outcome | Promise<string | Outcome>

/** The response to a client; a problem has `detail` and `errors`. */
export interface Got {
  readonly status: number
  readonly data: unknown
  /** The response text. */
  readonly text: string
  readonly failedSources: readonly FailedSource[]
  readonly partial: boolean
  readonly meta: { readonly truncated?: unknown; readonly sources?: Readonly<Record<string, unknown>> }
  readonly detail: string | null
  readonly retryAfterSeconds: number | null
}

/** Options of the endpoint, and preferences and headers of the client. */
type Over = Partial<Endpoint> & { readonly prefer?: string; readonly headers?: ClientHeaders }

/** A template value from another source's data. */
export function bind(name: string, from: string, select: string | null): Binding {
  return { name, from, select: select === null ? null : compileExpression(select) }
}

/** A call for each item of another source's data. */
export function each(from: string, over: Partial<ForEach> = {}): ForEach {
  return { from, param: null, select: null, as: 'id', limit: 50, concurrency: 10, batch: null, ...over }
}

/** Sources that depend on each other, with stubs as upstreams, and their answers. */
export class Composed {
  readonly clock = new FakeClock()
  readonly sources = new Map<string, Source>()
  /** Requests that reached an upstream, in order: `user /user/7`. */
  readonly sent: string[] = []
  readonly requests: SourceRequest[] = []
  readonly shapeErrors: (string | null)[] = []
  /** The records of a stream so far. */
  readonly records: unknown[] = []
  plan: Plan | undefined
  readonly #calls: Call[] = []

  /** `url` follows the origin. */
  add(
    id: string,
    url: string,
    reply: (call: Call) => Reply,
    { params, ...over }: Partial<Omit<SourceOptions, 'params'>> & { readonly params?: Params } = {},
  ): void {
    const template = compileTemplate(`http://127.0.0.1:9${url}`)
    const attempt = async (call: Call): Promise<Outcome> => {
      this.#calls.push(call)
      this.sent.push(`${id} ${call.request.path}`)
      this.requests.push(call.request)
      call.record.effort.attempts += 1
      const got = await reply(call)
      return typeof got === 'string' ? json(got) : got
    }
    this.sources.set(id, stubSource(makeOptions(id, params, { template, ...over }), attempt, this.clock))
  }

  /** Answers after a delay, or on cancel. */
  later(call: Call, ms: number, reply: string | Outcome): Promise<string | Outcome> {
    return new Promise((resolve) => {
      const end = (with_: string | Outcome): void => {
        this.clock.clearTimeout(timer)
        stop()
        resolve(with_)
      }
      const timer = this.clock.setTimeout(() => end(reply), ms)
      const stop = call.cancel.onCancel((reason) => end(cutShort(call, reason)))
    })
  }

  /** The answer of all visible sources, or of a view. */
  async get(query: Query = {}, over: Over = {}, entries?: readonly Entry[]): Promise<Got> {
    const { prefer, headers = {}, ...endpoint } = over
    return this.#ask(
      selectByQuery(
        this.#endpoint(entries, endpoint),
        asker(query, { client: { headers: { ...headers, prefer }, body: null }, ...this.#now }),
      ),
    )
  }

  /** The problem that a query causes. */
  async refused(query: Query): Promise<Problem> {
    const got = await this.get(query).catch((error: unknown) => error)
    if (got instanceof Problem) return got
    throw new Error(`not refused: ${JSON.stringify(got)}`)
  }

  async post(...requests: Batch['requests']): Promise<Got> {
    return this.#ask(selectByBatch(this.#endpoint(), asker({}, this.#now), { requests }, this.sources))
  }

  get #now() {
    return { askedAt: this.clock.now() }
  }

  #endpoint(entries?: readonly Entry[], over: Partial<Endpoint> = {}): Endpoint {
    const visible = [...this.sources.values()].filter(({ facts }) => !facts.hidden).map(entryOf)
    const menu = menuOf(entries ?? visible, this.sources)
    return endpointOf({
      view: null,
      shape: null,
      deadlineMs: 1000,
      allowed: { explain: true, simulate: true, unknownQuery: 'refuse' },
      menu,
      ...over,
    })
  }

  /** Streams the answer of all visible sources into `records`. */
  async stream(query: Query = {}): Promise<void> {
    const plan = makePlan(selectByQuery(this.#endpoint(), asker(query, this.#now)), 25)
    const keep = (record: Buffer) => this.records.push(JSON.parse(record.toString()))
    keep(doneRecord(await stream(plan, this.#options(), (settled) => keep(sourceRecord(plan, settled)))))
  }

  #options(): AggregateOptions {
    const events = withoutBugs()
    events.listen({ shape: ({ key }) => this.shapeErrors.push(key) })
    return {
      clock: this.clock,
      workers: here,
      serverTiming: true,
      isPrivate: false,
      allowance: USUAL_ALLOWANCE,
      events,
    }
  }

  async #ask(selection: Selection): Promise<Got> {
    this.plan = makePlan(selection, 25)
    const { status, body, partial } = await aggregate(this.plan, this.#options())
    if (body instanceof Problem) {
      const { failedSources = [], retryAfterSeconds = null } = body.details
      return {
        ...{ status, partial, data: null, text: '', meta: {}, detail: body.message, retryAfterSeconds },
        failedSources: failedSources as readonly FailedSource[],
      }
    }
    const text = body.toString()
    return { status, text, detail: null, retryAfterSeconds: null, ...JSON.parse(text) }
  }

  get listeners(): number {
    return this.#calls.reduce((sum, { cancel }) => sum + cancel.listeners, 0)
  }
}

/** The failure code of a source, and its cause. */
export function endOf(got: Got, id: string): string | null {
  const entry = got.failedSources.find((one) => one.id === id)
  if (entry === undefined) return null
  return entry.cause === undefined ? entry.code : `${entry.code} <- ${entry.cause.source} ${entry.cause.code}`
}

/** A test that also checks that no timer and no listener of a cancel remains. */
export function test(t: Test, name: string, body: (t: Test, composed: Composed) => Promise<void>): void {
  t.test(name, async (t) => {
    const composed = new Composed()
    await body(t, composed)
    await settle()
    t.equal(composed.clock.pending, 0, 'no timer is left')
    t.equal(composed.listeners + (composed.plan?.cancel.listeners ?? 0), 0, 'nobody listens any more')
  })
}
