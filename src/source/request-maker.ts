import type { SourceRequest } from './call.ts'
import type { SourceOptions } from './options.ts'
import { jsonOf } from './reading.ts'
import { type BoundValues, type HeaderWriter, headerWriter, type RequestContext, requestKey } from './request.ts'
import type { TemplateProblem, TemplateValue, TemplateValues } from './template-value.ts'

export type Params = Readonly<Record<string, TemplateValue | undefined>>

/** Makes a source's requests. */
export class RequestMaker {
  readonly #options: SourceOptions
  readonly #headers: HeaderWriter
  readonly #schemas: ReadonlyMap<string, object>

  constructor(options: SourceOptions) {
    this.#options = options
    const bound = [...options.bind.map(({ name }) => name), ...(options.forEach ? [options.forEach.as] : [])]
    this.#headers = headerWriter({ ...options, hasBody: options.body !== null, bound })
    this.#schemas = new Map(options.params.map(({ name, schema }) => [name, schema]))
  }

  /** The request for these values, or which of them the URL or a header cannot take. */
  make(params: Params, context: RequestContext, bound: BoundValues): SourceRequest | TemplateProblem {
    const { template, method, values } = this.#options
    const expanded = template.expand({ ...params, ...values, ...bound })
    if ('problem' in expanded) return expanded
    const headers = this.#headers(context, bound)
    if ('problem' in headers) return headers
    const { path } = expanded
    const body = this.#body(params, bound)
    return { method, path, headers: headers.all, body, key: requestKey(method, path, headers.foreign, body) }
  }

  #body(params: Params, bound: BoundValues): Buffer | null {
    const { body, values } = this.#options
    if (body === null) return null
    return body.render({ ...this.#json(params), ...values, ...bound })
  }

  /** Where a query has only text, the parameter's schema says what it stands for. */
  #json(params: Params): TemplateValues | Record<string, unknown> {
    const given = Object.entries(params).filter(([, value]) => value !== undefined)
    return Object.fromEntries(
      given.map(([name, value]) => [name, jsonOf(value as TemplateValue, this.#schemas.get(name))]),
    )
  }
}
