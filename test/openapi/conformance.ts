import { SECURITY_HEADERS } from '../../src/http/security-headers.ts'
import { type Check, newAjv, type SchemaProblem } from '../../src/json/json-schema.ts'

/** Holds answers to the document that the service gives of itself. */

/** An answer as any client sees it. `body` is null where it was not read as text: coded, or of a HEAD. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly status: number
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string | null
}

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document, which has another shape at every level
type Json = any

/**
 * Headers of HTTP itself, for browsers, and of every answer; the document would only say the same everywhere. CORS
 * headers begin with `access-control-`.
 */
const UNSPOKEN: ReadonlySet<string> = new Set([
  ...['connection', 'content-encoding', 'content-length', 'content-type', 'date', 'keep-alive', 'location'],
  ...['transfer-encoding', 'vary', 'timing-allow-origin', 'cache-control', ...Object.keys(SECURITY_HEADERS)],
])

function isUnspoken(name: string): boolean {
  return UNSPOKEN.has(name) || name.startsWith('access-control-')
}

/** Pages for people, which are hidden on purpose. */
const PAGE = /^\/(docs(\/.*)?)?$/

/** One document, with its schemas compiled as they are needed. */
export class Conformance {
  readonly #document: Json
  readonly #ajv = newAjv({ strict: false })
  readonly #checks = new Map<string, Check>()

  constructor(document: object) {
    this.#document = document
    this.#ajv.addSchema({ $id: 'openapi', components: this.#document.components })
  }

  /** Throws, with everything that is wrong, where an answer is not what the document says. */
  check(seen: Seen): void {
    const problems = this.problems(seen)
    if (problems.length === 0) return
    const { method, url, status, body } = seen
    const lines = problems.map((problem) => `  ${problem}`).join('\n')
    throw new Error(`${method} ${url} answered ${status}, but not as the document says:\n${lines}\n${body}`)
  }

  /** All that is wrong with an answer. */
  problems(seen: Seen): readonly string[] {
    // a trailing slash is ignored
    const path = (seen.url.split('?', 1)[0] ?? '').replace(/(?<=.)\/$/, '')
    const verb = seen.method === 'HEAD' ? 'get' : seen.method.toLowerCase()
    const operation = this.#pathItem(path)?.[verb]
    if (operation === undefined) return this.#unknown(seen, path)
    const response = this.#resolve(responseFor(operation.responses, seen.status))
    if (response === undefined) return [`the status ${seen.status} is not in the document`]
    return [...this.#headers(response, seen), ...this.#body(response, seen)]
  }

  /** The path itself, else the first template that it fits: one with the literal first (OpenAPI 3.1, Paths Object). */
  #pathItem(path: string): Json {
    const paths = this.#document.paths as Readonly<Record<string, Json>>
    if (Object.hasOwn(paths, path)) return paths[path]
    const fits = (template: string) => {
      const parts = template.split('/').map((part) => (part.startsWith('{') ? '[^/]+' : RegExp.escape(part)))
      return new RegExp(`^${parts.join('/')}$`).test(path)
    }
    return paths[Object.keys(paths).find(fits) ?? '']
  }

  /** What the document does not know: a page, a preflight, or a refusal. */
  #unknown({ method, status, headers, body }: Seen, path: string): readonly string[] {
    const served = status < 400
    if (served) return PAGE.test(path) || method === 'OPTIONS' ? [] : ['it is served, and not in the document']
    if (!isProblem(headers)) return ['it is no problem document']
    if (body === null || body === '') return []
    return this.#problems('#/components/schemas/Problem', body, status)
  }

  #headers(response: Json, { headers }: Seen): readonly string[] {
    const documented = Object.entries<Json>(response.headers ?? {}).map(
      ([name, header]) => [name.toLowerCase(), this.#resolve(header)] as const,
    )
    const names = new Set(documented.map(([name]) => name))
    const unknown = Object.keys(headers).filter((name) => !names.has(name) && !isUnspoken(name))
    const wrong = documented.flatMap(([name, { required, schema }]) => {
      const value = headers[name]
      if (value === undefined) return required ? [`the header ${name} is missing`] : []
      // cookies are a list
      const typed = [value].flat().map((one) => (schema.type === 'integer' ? Number(one) : one))
      return typed.flatMap((one) => this.#fits(schema, one)).map((problem) => `the header ${name} ${problem}`)
    })
    return [...unknown.map((name) => `the header ${name} is not in the document`), ...wrong]
  }

  #body(response: Json, { status, headers, body }: Seen): readonly string[] {
    if (response.content === undefined) return body ? ['there should be no body'] : []
    const type = String(headers['content-type'] ?? '').split(';', 1)[0] ?? ''
    const media = response.content[type]
    if (media === undefined) return [`the type "${type}" is not in the document`]
    if (body === null || !/json$/.test(type)) return []
    // each line of a stream is a record
    const texts = type === 'application/x-ndjson' ? body.trimEnd().split('\n') : [body]
    return texts.flatMap((text) => this.#problems(media.schema, text, status))
  }

  #problems(schema: Json, body: string, status: number): readonly string[] {
    const whole = typeof schema === 'string' ? { $ref: schema } : schema
    const value = parsed(body)
    if (value === undefined) return ['the body is not JSON']
    const other = status >= 400 && (value as Json).status !== status
    return [...this.#fits(whole, value), ...(other ? ['the problem has another status'] : [])]
  }

  #fits(schema: Json, value: unknown): readonly string[] {
    const key = JSON.stringify(schema)
    const check = this.#checks.get(key) ?? this.#compile(key)
    this.#checks.set(key, check)
    return check(value).map(({ path, message }) => `${path} ${message}`.trim())
  }

  #compile(key: string): Check {
    const validate = this.#ajv.compile(JSON.parse(key.replaceAll('"$ref":"#/', '"$ref":"openapi#/')))
    return (value) => (validate(value) ? [] : (validate.errors ?? []).map(problemOf))
  }

  #resolve(part: Json): Json {
    if (part?.$ref === undefined) return part
    return part.$ref
      .slice(2)
      .split('/')
      .reduce((within: Json, step: string) => within[step], this.#document)
  }
}

/** The status itself, else its range, else the default (OpenAPI 3.1, Responses Object); a default is for refusals only. */
function responseFor(responses: Json, status: number): Json {
  const range = `${Math.floor(status / 100)}XX`
  return responses[status] ?? responses[range] ?? (status >= 400 ? responses.default : undefined)
}

function problemOf({ instancePath, message, params }: Json): SchemaProblem {
  return { path: instancePath, message: `${message} ${JSON.stringify(params)}` }
}

function isProblem(headers: Seen['headers']): boolean {
  return String(headers['content-type']).startsWith('application/problem+json')
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
