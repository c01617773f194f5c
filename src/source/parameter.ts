import { type Check, compileGuard, type SchemaProblem } from '../json/json-schema.ts'
import { itemReader, readings, typesOf } from './reading.ts'
import type { TemplateValue } from './template.ts'

/** Options of a parameter. */
export interface ParameterOptions {
  /** In the configuration: a variable of templates. */
  readonly name: string
  /** What clients call it; `name` if absent. */
  readonly clientName?: string | undefined
  /** JSON Schema (draft 2020-12) of the value. */
  readonly schema: object
  /** Whether the client must give a value. */
  readonly required: boolean
  /** Value if the client gives none. */
  readonly default?: TemplateValue | undefined
}

/** A client's value, or everything that is wrong with it. Each message is the end of a sentence. */
export type Read = { readonly value: TemplateValue } | { readonly problems: readonly SchemaProblem[] }

/** A parameter of a source: reads and validates the values that clients give. */
export class Parameter {
  /** In the configuration: a variable of templates. */
  readonly name: string
  /** What clients call it, such as `page[size]`. */
  readonly clientName: string
  readonly required: boolean
  readonly default: TemplateValue | undefined
  readonly schema: object
  readonly #check: Check
  readonly #types: readonly string[]
  readonly #readItem: (text: string, index: number) => unknown

  constructor(options: ParameterOptions) {
    this.name = options.name
    this.clientName = options.clientName ?? options.name
    this.required = options.required
    this.default = options.default
    this.schema = options.schema
    this.#check = compileGuard(options.schema)
    this.#types = typesOf(options.schema)
    this.#readItem = this.#takesList() ? itemReader(options.schema) : (text) => text
  }

  /** Reads a value from a JSON body, without conversion. */
  fromJson(value: unknown): Read {
    if (isDeep(value, 0)) return refused(`must not be nested more than ${MAX_DEPTH} levels deep`)
    if (isAltered(value)) return refused('holds a number that JSON cannot carry exactly; send it in a query')
    const problems = this.#check(value)
    return problems.length === 0 ? { value: value as TemplateValue } : { problems }
  }

  /**
   * Reads the values of a query key, which are always text. The text is validated as the type in the schema, and sent
   * unchanged, so that 9007199254740993 keeps its digits.
   */
  fromQuery(texts: readonly string[]): Read {
    const [text = ''] = texts
    if (texts.length > 1 && !this.#takesList())
      return refused('takes one value and was given more than once; give it once')
    const read = texts.length > 1 ? [] : readings(text, this.#types)
    if (read.some((reading) => this.#check(reading).length === 0)) return { value: text }
    return this.#takesList() ? this.#listFromQuery(texts) : { problems: this.#check(read[0] ?? text) }
  }

  #listFromQuery(texts: readonly string[]): Read {
    const problems = this.#check(texts.map(this.#readItem))
    return problems.length === 0 ? { value: texts } : { problems }
  }

  #takesList(): boolean {
    return this.#types.includes('array')
  }
}

function refused(message: string): Read {
  return { problems: [{ path: '', message }] }
}

/** Limit of nesting: the code that traverses values is recursive. */
const MAX_DEPTH = 32

function isDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth === MAX_DEPTH || Object.values(value).some((item) => isDeep(item, depth + 1))
}

/** Whether JSON.parse has changed a number: above 2^53 integers are rounded, and above 1e308 they become Infinity. */
function isAltered(value: unknown): boolean {
  if (typeof value === 'number')
    return !Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))
  return typeof value === 'object' && value !== null && Object.values(value).some(isAltered)
}
