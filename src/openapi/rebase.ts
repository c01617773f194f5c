import { hasNames } from '../json/json-schema.ts'

/** Keywords whose values are data: a `$ref` in them is not a reference. */
const DATA = new Set(['const', 'enum', 'default', 'example', 'examples'])
/** Keywords with schemas by name: a name in them is not a keyword. */
const BY_NAME = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])

/** What becomes of a value in a schema. `byName`: the keys of the value are names, not keywords. */
export type Change = (key: string, value: unknown, byName: boolean) => unknown

/** A copy of a part of a schema in which each value is what `change` makes of it. Data is not changed. */
export function changed(part: unknown, byName: boolean, change: Change): unknown {
  if (Array.isArray(part)) return part.map((item) => change('', item, false))
  if (typeof part !== 'object' || part === null) return part
  const entries = Object.entries(part).map(([key, value]) => {
    const isData = !byName && DATA.has(key)
    return [key, isData ? value : change(byName ? '' : key, value, !byName && BY_NAME.has(key))] as const
  })
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/**
 * Makes a user's schema part of the document: a reference such as `#/$defs/a` becomes relative to `root`, where the
 * schema is placed (`#/components/schemas/weatherData`). A schema with an `$id` is its own root and is not changed.
 */
export function rebase(schema: object, root: string): object {
  return '$id' in schema
    ? schema
    : (moved(schema, false, root, hasNames(schema) ? anchorsOf(schema, root) : new Map()) as object)
}

/** Whether a schema contains references, which depend on where in the document it is placed. */
export function hasReferences(schema: object): boolean {
  return JSON.stringify(schema).includes('"$ref":')
}

function moved(part: unknown, byName: boolean, root: string, anchors: ReadonlyMap<string, string>): unknown {
  return changed(part, byName, (key, value, inner) => {
    if (key === '$anchor') return undefined
    const isLocal = key === '$ref' && typeof value === 'string' && value.startsWith('#')
    return isLocal ? (anchors.get(value) ?? root + value.slice(1)) : moved(value, inner, root, anchors)
  })
}

/** The pointer of each `$anchor`: OpenAPI tools only support pointers. */
function anchorsOf(value: unknown, pointer: string): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map()
  const own = '$anchor' in value ? [[`#${String(value.$anchor)}`, pointer] as const] : []
  const below = Object.entries(value).flatMap(([key, item]) => [
    ...anchorsOf(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  ])
  return new Map([...own, ...below])
}

/** The value at a local reference such as `#/components/schemas/weatherData`; undefined if there is none. */
export function valueAt(document: unknown, reference: string): unknown {
  if (!reference.startsWith('#')) return undefined
  const steps = reference.slice(1).split('/').slice(1).map(unescaped)
  return steps.reduce<unknown>((within, step) => {
    const isThere = typeof within === 'object' && within !== null && Object.hasOwn(within, step)
    return isThere ? (within as Record<string, unknown>)[step] : undefined
  }, document)
}

function unescaped(step: string): string {
  return decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~')
}
