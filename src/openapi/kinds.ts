import type { Schema } from './schemas.ts'

/** What a value may be, as JSON Schemas of which it fits at least one. An empty schema is any value. */
export type Kinds = readonly Schema[]

export const ANY: Kinds = [{}]
export const NULL: Schema = { type: 'null' }

/** The schema at a reference of the document; undefined if there is none. */
export type Lookup = (reference: string) => unknown

/** Keywords that say nothing about which values are valid. */
const NOTES: ReadonlySet<string> = new Set([
  ...['title', 'description', 'default', 'examples', 'deprecated', 'readOnly', 'writeOnly'],
  ...['$comment', '$schema', '$anchor', '$defs'],
])
/** Keywords that combine schemas in ways that are not followed: a value of such a schema counts as any value. */
const UNFOLLOWED = [
  ...['$id', '$dynamicRef', 'allOf', 'not', 'if', 'dependentSchemas', 'dependencies'],
  ...['unevaluatedProperties', 'unevaluatedItems'],
]
const TYPES = ['null', 'boolean', 'number', 'string', 'array', 'object']
const MAX_KINDS = 32

/** Reads schemas: what a value of them may be, and what its members and items may be. */
export class KindReader {
  readonly #lookup: Lookup
  /** Alternatives by reference. */
  readonly #opened = new Map<string, Kinds>()

  constructor(lookup: Lookup) {
    this.#lookup = lookup
  }

  /** The alternatives of a schema, with references resolved. Each has one `type` or a `const`, or is any value. */
  open(schema: unknown): Kinds {
    return spread(schema).flatMap((kind) => ('$ref' in kind ? this.#target(String(kind.$ref)) : [kind]))
  }

  #target(reference: string): Kinds {
    const before = this.#opened.get(reference)
    if (before !== undefined) return before
    // until it is known: a schema that refers to itself is any value
    this.#opened.set(reference, ANY)
    const target = this.#lookup(reference)
    const kinds = target === undefined ? ANY : union(this.open(target))
    this.#opened.set(reference, kinds)
    return kinds
  }

  /** What the member of this name may be; null for what is no object, or lacks it. */
  member(of: Kinds, name: string): Kinds {
    return union(this.openAll(of).flatMap((kind) => memberOf(kind, name)))
  }

  /** The alternatives of several kinds. */
  openAll(kinds: Kinds): Kinds {
    return kinds.flatMap((kind) => this.open(kind))
  }

  canBeNull(kinds: Kinds): boolean {
    return this.openAll(kinds).some((kind) => isAny(kind) || isNull(kind))
  }

  canBeText(kinds: Kinds): boolean {
    return this.openAll(kinds).some((kind) => isAny(kind) || isText(kind))
  }

  /** What `use` makes of the items of lists; null for anything else. */
  onLists(kinds: Kinds, use: (items: Kinds) => Kinds): Kinds {
    return this.openAll(kinds).flatMap((kind) => {
      if (isAny(kind)) return [...use(ANY), NULL]
      const items = itemsOf(kind)
      return items === undefined ? [NULL] : use(items)
    })
  }

  /**
   * The same kinds without null. A reference stays a reference where it cannot be null; any value stays any value.
   */
  withoutNull(kinds: Kinds): Kinds {
    return union(
      kinds.flatMap(spread).flatMap((kind) => {
        const opened = this.open(kind)
        return opened.some(isNull) ? opened.filter((one) => !isNull(one)) : [kind]
      }),
    )
  }
}

/** The alternatives of a schema; references stay. */
function spread(schema: unknown): Kinds {
  if (schema === false) return []
  if (typeof schema !== 'object' || schema === null) return ANY
  const rest = Object.fromEntries(Object.entries(schema).filter(([key]) => !NOTES.has(key)))
  const { anyOf, oneOf, type } = rest
  const isAlone = Object.keys(rest).length === 1
  if ('$ref' in rest) return isAlone ? [schema as Schema] : ANY
  if (Array.isArray(anyOf) || Array.isArray(oneOf))
    return isAlone ? ((anyOf ?? oneOf) as unknown[]).flatMap(spread) : ANY
  if ('const' in rest) return [{ const: rest.const }]
  if (Array.isArray(rest.enum)) return rest.enum.map((value) => ({ const: value }))
  if (UNFOLLOWED.some((keyword) => keyword in rest)) return ANY
  if (typeof type === 'string') return [schema as Schema]
  if (isEmpty(rest)) return ANY
  return (Array.isArray(type) ? type : TYPES).map((one) => ({ ...(schema as Schema), type: one }))
}

/** Each kind once; any value, if one of them is that or there are very many. */
export function union(kinds: Kinds): Kinds {
  if (kinds.some(isAny)) return ANY
  const each = new Map(kinds.map((kind) => [JSON.stringify(kind), kind]))
  return each.size > MAX_KINDS ? ANY : [...each.values()]
}

export function isAny(kind: Schema): boolean {
  return Object.keys(kind).every((key) => NOTES.has(key))
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0
}

function isNull(kind: Schema): boolean {
  return kind.type === 'null' || ('const' in kind && kind.const === null)
}

export function isText(kind: Schema): boolean {
  return kind.type === 'string' || typeof kind.const === 'string'
}

function memberOf(kind: Schema, name: string): Kinds {
  if (isAny(kind)) return ANY
  const { const: value, type, properties = {}, required = [], additionalProperties, patternProperties } = kind
  if (isRecord(value)) return [Object.hasOwn(value, name) ? { const: value[name] } : NULL]
  if (type !== 'object') return [NULL]
  if (Object.hasOwn(properties as object, name)) {
    const own = (properties as Schema)[name]
    const present = own === true ? ANY : own === false ? [NULL] : [own as Schema]
    return (required as readonly string[]).includes(name) ? present : [...present, NULL]
  }
  if (patternProperties !== undefined) return ANY
  if (additionalProperties === false) return [NULL]
  return isRecord(additionalProperties) ? [additionalProperties, NULL] : ANY
}

/** What the items of an opened kind may be; undefined if it is no list. */
export function itemsOf(kind: Schema): Kinds | undefined {
  const { const: value, type, items, prefixItems } = kind
  if (Array.isArray(value)) return union(value.map((item) => ({ const: item })))
  if (type !== 'array') return undefined
  if (items === false && prefixItems === undefined) return []
  return prefixItems === undefined && isRecord(items) ? [items] : ANY
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
