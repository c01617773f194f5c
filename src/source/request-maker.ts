import type { SourceRequest } from '../core/call.ts'
import type { SourceOptions } from './options.ts'
import { jsonOf } from './reading.ts'
import { type BoundValues, type HeaderWriter, headerWriter, type RequestContext, requestKey } from './request.ts'
import type { TemplateProblem, TemplateValue, TemplateValues } from './template-value.ts'

export type Params = Readonly<Record<string, TemplateValue | undefined>>

/** Stands for a value that must not be shown. */
const MASK = 'MASKED'

/** Makes a source's requests. */
export class RequestMaker {
  readonly #options: SourceOptions
  readonly #headers: HeaderWriter
  readonly #schemas: ReadonlyMap<string, object>

  constructor(options: SourceOptions) {
    this.#options = options
    this.#headers = headerWriter({ ...options, hasBody: options.body !== null })
    this.#schemas = new Map(options.params.map(({ name, schema }) => [name, schema]))
  }

  /** The request for these values, or which of them the URL, a header or the body cannot take. */
  make(params: Params, context: RequestContext, bound: BoundValues): SourceRequest | TemplateProblem {
    const { template, method, values } = this.#options
    const all = { ...params, ...values, ...bound }
    const expanded = template.expand(all)
    if ('problem' in expanded) return expanded
    const headers = this.#headers(context, all)
    if ('problem' in headers) return headers
    const body = this.#body(params, bound, all)
    if (body !== null && 'problem' in body) return body
    const { path } = expanded
    const key = requestKey(method, path, headers.foreign, body)
    return { method, path, headers: headers.all, body, key, shown: () => this.#shown(params, bound) }
  }

  /** Made only when a log line wants it. */
  #shown(params: Params, bound: BoundValues): string | null {
    const { shownTemplate, values } = this.#options
    const masked = Object.fromEntries(Object.keys(values).map((name) => [name, MASK]))
    const expanded = shownTemplate?.expand({ ...params, ...masked, ...bound })
    return expanded === undefined || 'problem' in expanded ? null : shownTemplate?.origin + expanded.path
  }

  #body(params: Params, bound: BoundValues, text: TemplateValues): Buffer | TemplateProblem | null {
    const { body, values } = this.#options
    return body === null ? null : body.render({ json: { ...this.#json(params), ...values, ...bound }, text })
  }

  /** Where a query has only text, the parameter's schema says what it stands for. */
  #json(params: Params): TemplateValues | Record<string, unknown> {
    const given = Object.entries(params).filter(([, value]) => value !== undefined)
    return Object.fromEntries(
      given.map(([name, value]) => [name, jsonOf(value as TemplateValue, this.#schemas.get(name))]),
    )
  }
}
