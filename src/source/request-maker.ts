import type { SourceRequest } from '../core/call.ts'
import { LongNumber } from '../json/long-number.ts'
import type { SourceOptions } from './options.ts'
import { jsonOf } from './reading.ts'
import {
  type BoundValues,
  type ClientInput,
  type HeaderWriter,
  headerWriter,
  IDEMPOTENCY_KEY,
  NO_INPUT,
  requestKey,
} from './request.ts'
import { compilePlaceholders } from './template-text.ts'
import type { TemplateProblem, TemplateValue, TemplateValues } from './template-value.ts'

/** A source's parameter values, by name. */
export type Params = Readonly<Record<string, TemplateValue | undefined>>

/** Replaces secret values in URLs for logs. */
const MASK = 'MASKED'

/** Builds the requests to a source. */
export class RequestMaker {
  readonly #options: SourceOptions
  readonly #headers: HeaderWriter
  readonly #schemas: ReadonlyMap<string, object>

  readonly #placeholders: BoundValues
  /** Variables of the URL and the headers. */
  readonly #plainNames: ReadonlySet<string>
  /**
   * The request of a source whose requests are all equal, because nothing depends on clients or other sources; null for
   * other sources.
   */
  readonly constant: SourceRequest | null

  constructor(options: SourceOptions) {
    this.#options = options
    this.#headers = headerWriter({ ...options, hasBody: options.body !== null || options.forwardsBody })
    this.#schemas = new Map(options.params.map(({ name, schema }) => [name, schema]))
    this.#placeholders = placeholdersOf(options)
    this.#plainNames = plainNamesOf(options)
    this.constant = isConstant(options) ? this.#makeConstant() : null
  }

  /** Whether a variable stands in the body. */
  isInBody(name: string): boolean {
    return this.#options.body?.variables.includes(name) ?? false
  }

  /** Whether a variable stands in the URL or in a header. */
  isOutsideBody(name: string): boolean {
    return this.#plainNames.has(name)
  }

  /** Builds the request, or returns the value that does not fit into the URL, a header or the body. */
  make(params: Params, client: ClientInput, bound: BoundValues): SourceRequest | TemplateProblem {
    return this.constant ?? this.#make(params, client, bound)
  }

  /**
   * Checks the values before other sources have answered: placeholders replace the values from other sources. `claims`
   * are the values from the client's token. Returns the value that does not fit; null if all fit.
   */
  check(params: Params, client: ClientInput, claims: BoundValues): TemplateProblem | null {
    const bound = { ...this.#placeholders, ...claims }
    const all = { ...params, ...this.#options.values, ...textsOf(bound) }
    for (const part of [this.#options.template.expand(all), this.#headers(client.headers, all)])
      if ('problem' in part) return part
    const body = this.#body(params, bound, all)
    return body !== null && 'problem' in body ? body : null
  }

  #makeConstant(): SourceRequest | null {
    const made = this.#make({}, NO_INPUT, {})
    return 'problem' in made ? null : made
  }

  #make(params: Params, client: ClientInput, bound: BoundValues): SourceRequest | TemplateProblem {
    const { template, method, values, forwardsBody } = this.#options
    const all = { ...params, ...values, ...textsOf(bound) }
    const expanded = template.expand(all)
    if ('problem' in expanded) return expanded
    const headers = this.#headers(client.headers, all)
    if ('problem' in headers) return headers
    const body = forwardsBody ? client.body : this.#body(params, bound, all)
    if (body !== null && 'problem' in body) return body
    const { path } = expanded
    const key = requestKey(method, path, headers.foreign, body)
    const isRepeatable = this.#isRepeatable(client)
    const sent = forwardsBody && body === null ? withoutContentType(headers.all) : headers.all
    return { method, path, headers: sent, body, isRepeatable, key, shown: () => this.#shown(params, bound) }
  }

  /**
   * A POST or PATCH that forwards Idempotency-Key may be repeated only if the client has sent one: without it the source
   * cannot tell that the request is the same (draft-ietf-httpapi-idempotency-key-header). An empty one is none.
   */
  #isRepeatable({ headers }: ClientInput): boolean {
    const { idempotent, method, forwardHeaders } = this.#options
    const needsKey = (method === 'POST' || method === 'PATCH') && forwardHeaders.includes(IDEMPOTENCY_KEY)
    return idempotent && (!needsKey || (headers[IDEMPOTENCY_KEY] ?? '') !== '')
  }

  /** Computed only when a log line needs it. */
  #shown(params: Params, bound: BoundValues): string | null {
    const { shownTemplate, values, claims } = this.#options
    const secret = [...Object.keys(values), ...claims.map(({ name }) => name)]
    const masked = Object.fromEntries(secret.map((name) => [name, MASK]))
    const expanded = shownTemplate?.expand({ ...params, ...textsOf(bound), ...masked })
    return expanded === undefined || 'problem' in expanded ? null : shownTemplate?.origin + expanded.path
  }

  #body(params: Params, bound: BoundValues, text: TemplateValues): Buffer | TemplateProblem | null {
    const { body, values } = this.#options
    return body === null ? null : body.render({ json: { ...this.jsonOf(params), ...values, ...bound }, text })
  }

  /** Converts texts from a query by the parameter's schema. */
  jsonOf(params: Params): TemplateValues | Record<string, unknown> {
    const given = Object.entries(params).filter(([, value]) => value !== undefined)
    return Object.fromEntries(
      given.map(([name, value]) => [name, jsonOf(value as TemplateValue, this.#schemas.get(name))]),
    )
  }
}

/** Values in a URL or a header: long numbers as their digits, and lists without nulls, which stand for nothing there. */
function textsOf(bound: BoundValues): TemplateValues {
  const entries = Object.entries(bound)
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const isList = Array.isArray(value)
      return [name, isList ? value.filter((item) => item !== null).map(textOf) : textOf(value as TemplateValue)]
    }),
  )
}

function textOf(value: TemplateValue | LongNumber): TemplateValue {
  return value instanceof LongNumber ? `${value}` : value
}

/** A request without a body has no media type. */
function withoutContentType(headers: readonly string[]): readonly string[] {
  return headers.filter((_, at) => headers[at - (at % 2)] !== 'content-type')
}

function plainNamesOf({ template, headers }: SourceOptions): ReadonlySet<string> {
  const inHeaders = Object.values(headers).flatMap((text) => compilePlaceholders(text).variables)
  return new Set([...template.variables.map(({ name }) => name), ...inHeaders])
}

/** Placeholders for values from other sources. */
function placeholdersOf({ bind, forEach }: SourceOptions): BoundValues {
  const names = [...bind.map(({ name }) => name), ...(forEach === null ? [] : [forEach.as])]
  return Object.fromEntries(names.map((name) => [name, 'x']))
}

function isConstant({ params, forwardHeaders, bind, claims, forEach, forwardsBody }: SourceOptions): boolean {
  const takes = [params, forwardHeaders, bind, claims]
  return takes.every((list) => list.length === 0) && forEach === null && !forwardsBody
}
