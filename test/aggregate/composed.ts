import type { Test } from 'tap'
import { type AggregateOptions, type AggregateRequest, carryOut, prepare } from '../../src/aggregate/aggregate.ts'
import { type Batch, readBatch } from '../../src/aggregate/batch.ts'
import { type Entry, entryOf, menuOf } from '../../src/aggregate/entry.ts'
import type { FailedSource } from '../../src/aggregate/envelope.ts'
import type { Plan } from '../../src/aggregate/plan.ts'
import { readQuery } from '../../src/aggregate/query.ts'
import type { Query } from '../../src/aggregate/settings.ts'
import type { Call, SourceRequest } from '../../src/core/call.ts'
import { cutShort, type Outcome } from '../../src/core/outcome.ts'
import { Problem } from '../../src/http/problem.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import type { Binding, ForEach, SourceOptions } from '../../src/source/options.ts'
import type { Source } from '../../src/source/source.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { USUAL_ALLOWANCE } from '../support/allowance.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { here } from '../support/workers.ts'
import { CONTEXT, json, makeOptions, type Params, stubSource } from './bench.ts'

/** What an upstream answers with; a text is JSON. */
export type Reply = string | Outcome | Promise<string | Outcome>

/** What a client gets; `detail` and `errors` where it is a problem. */
export interface Got {
  readonly status: number
  readonly data: unknown
  /** As it was sent. */
  readonly text: string
  readonly failedSources: readonly FailedSource[]
  readonly partial: boolean
  readonly meta: { readonly truncated?: unknown; readonly sources?: Readonly<Record<string, unknown>> }
  readonly detail: string | null
  readonly retryAfterSeconds: number | null
}

/** A template value from another source's data. */
export function bind(name: string, from: string, select: string | null): Binding {
  return { name, from, select: select === null ? null : compileExpression(select) }
}

/** A call for each item of another source's data. */
export function each(from: string, over: Partial<ForEach> = {}): ForEach {
  return { from, select: null, as: 'id', limit: 50, concurrency: 10, ...over }
}

/** Sources that take data of each other, on stubs, and the answers that are made of them. */
export class Composed {
  readonly clock = new FakeClock()
  readonly sources = new Map<string, Source>()
  /** What reached an upstream, in order: `user /user/7`. */
  readonly sent: string[] = []
  readonly requests: SourceRequest[] = []
  readonly shapeErrors: (string | null)[] = []
  plan: Plan | undefined
  readonly #calls: Call[] = []

  /** `url` stands after the origin. */
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

  /** Answers after so long, unless it is called off. */
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

  /** What every visible source, or what is in a view, comes to. */
  get(query: Query = {}, over: Partial<AggregateRequest> = {}, entries?: readonly Entry[]): Promise<Got> {
    const visible = [...this.sources.values()].filter(({ facts }) => !facts.hidden).map(entryOf)
    const menu = menuOf(entries ?? visible, this.sources)
    return this.#ask(query, { read: (query, errors) => readQuery(menu, query, errors), ...over })
  }

  /** The problem that a query meets with, which is no answer. */
  async refused(query: Query): Promise<Problem> {
    const got = await this.get(query).catch((error: unknown) => error)
    if (got instanceof Problem) return got
    throw new Error(`not refused: ${JSON.stringify(got)}`)
  }

  post(...requests: Batch['requests']): Promise<Got> {
    return this.#ask({}, { read: (_, errors) => readBatch(this.sources, { requests }, errors) })
  }

  async #ask(query: Query, over: Partial<AggregateRequest> & Pick<AggregateRequest, 'read'>): Promise<Got> {
    const bug = (source: string, error: unknown): void => {
      throw new Error(`a bug of ${source}`, { cause: error })
    }
    const options: AggregateOptions = {
      clock: this.clock,
      workers: here,
      reserveMs: 25,
      serverTiming: true,
      explain: true,
      allowance: USUAL_ALLOWANCE,
      onBug: bug,
      onShapeError: (_, { key }) => this.shapeErrors.push(key),
    }
    const request = { view: null, shape: null, deadlineMs: 1000, query, prefer: undefined, context: CONTEXT, ...over }
    this.plan = prepare(request, options).plan
    const { status, body, partial } = await carryOut(this.plan, options)
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

/** What a source did not give: its code, and what caused it. */
export function endOf(got: Got, id: string): string | null {
  const entry = got.failedSources.find((one) => one.id === id)
  if (entry === undefined) return null
  return entry.cause === undefined ? entry.code : `${entry.code} <- ${entry.cause.source} ${entry.cause.code}`
}

/** A test after which no timer is left, and nobody listens for a cancel any more. */
export function test(t: Test, name: string, body: (t: Test, composed: Composed) => Promise<void>): void {
  t.test(name, async (t) => {
    const composed = new Composed()
    await body(t, composed)
    await settle()
    t.equal(composed.clock.pending, 0, 'no timer is left')
    t.equal(composed.listeners + (composed.plan?.cancel.listeners ?? 0), 0, 'nobody listens any more')
  })
}
