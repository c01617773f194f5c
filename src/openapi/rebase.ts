import { hasNames } from '../json/json-schema.ts'

/** Keywords whose values are data: a `$ref` in them is not a reference. */
const DATA = new Set(['const', 'enum', 'default', 'example', 'examples'])

/**
 * Makes a user's schema part of the document: a reference such as `#/$defs/a` becomes relative to `root`, where the
 * schema is placed (`#/components/schemas/weatherData`). A schema with an `$id` is its own root and is not changed.
 */
export function rebase(schema: object, root: string): object {
  return '$id' in schema
    ? schema
    : (moved(schema, root, hasNames(schema) ? anchorsOf(schema, root) : new Map()) as object)
}

/** Whether a schema contains references, which depend on where in the document it is placed. */
export function hasReferences(schema: object): boolean {
  return JSON.stringify(schema).includes('"$ref":')
}

function moved(value: unknown, root: string, anchors: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => moved(item, root, anchors))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== '$anchor')
      .map(([key, item]) => {
        if (DATA.has(key)) return [key, item]
        const local = key === '$ref' && typeof item === 'string' && item.startsWith('#')
        return [key, local ? (anchors.get(item) ?? root + item.slice(1)) : moved(item, root, anchors)]
      }),
  )
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
