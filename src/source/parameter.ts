import { type Check, compileSchema } from '../json-schema.ts'
import type { TemplateValue } from './template.ts'

export interface ParameterOptions {
  readonly name: string
  /** JSON Schema (draft 2020-12) of the value. */
  readonly schema: object
  /** Whether a call cannot be made without it. */
  readonly required: boolean
  /** What is sent when the client says nothing. */
  readonly default?: TemplateValue | undefined
}

/** A client's value: what to send, or all that is wrong with it. */
export type Read = { readonly value: TemplateValue } | { readonly problems: readonly string[] }

/** RFC 8259, section 6: so `0x10`, `+1` and ` 1` are no numbers. */
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/

/** One parameter of a source: reads and checks what clients pass for it. */
export class Parameter {
  readonly name: string
  readonly required: boolean
  readonly default: TemplateValue | undefined
  readonly schema: object
  readonly #check: Check
  readonly #types: readonly string[]
  readonly #itemTypes: readonly string[]

  constructor(options: ParameterOptions) {
    this.name = options.name
    this.required = options.required
    this.default = options.default
    this.schema = options.schema
    this.#check = compileSchema(options.schema)
    this.#types = typesOf(options.schema)
    this.#itemTypes = typesOf((options.schema as { items?: unknown }).items)
  }

  /** A value from a JSON body: taken as it is. */
  fromJson(value: unknown): Read {
    const problems = this.#problems(value)
    return problems.length === 0 ? { value: value as TemplateValue } : { problems }
  }

  /**
   * A value from a query, in which everything is text. It is checked as the type that the schema declares, and sent as
   * the client wrote it: 9007199254740993 stays that.
   */
  fromQuery(texts: readonly string[]): Read {
    const [text = ''] = texts
    if (texts.length > 1 && !this.#takesList()) return { problems: ['is given more than once, and takes one value'] }
    const readings = texts.length > 1 ? [] : readScalar(text, this.#types)
    if (readings.some((reading) => this.#problems(reading).length === 0)) return { value: text }
    return this.#takesList() ? this.#listFromQuery(texts) : { problems: this.#problems(readings[0] ?? text) }
  }

  #listFromQuery(texts: readonly string[]): Read {
    const problems = this.#problems(texts.map((text) => readScalar(text, this.#itemTypes)[0] ?? text))
    return problems.length === 0 ? { value: texts } : { problems }
  }

  #takesList(): boolean {
    return this.#types.includes('array')
  }

  #problems(value: unknown): readonly string[] {
    return this.#check(value).map(({ path, message }) => (path === '' ? message : `${path} ${message}`))
  }
}

function typesOf(schema: unknown): readonly string[] {
  const type = (schema as { type?: string | readonly string[] } | undefined)?.type
  return typeof type === 'string' ? [type] : (type ?? [])
}

/** What a text can be taken for, in the order of the types; without types, whatever it looks like. */
function readScalar(text: string, types: readonly string[]): readonly unknown[] {
  const wanted = types.length === 0 ? ['string', 'number', 'boolean'] : types
  return wanted.flatMap((type): unknown[] => {
    if (type === 'string') return [text]
    if (type === 'boolean') return text === 'true' || text === 'false' ? [text === 'true'] : []
    return (type === 'number' || type === 'integer') && NUMBER.test(text) ? [Number(text)] : []
  })
}
