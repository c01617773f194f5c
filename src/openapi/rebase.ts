import { hasNames } from '../json/json-schema.ts'

/** Keywords whose values are data: what looks like a reference in them is none. */
const DATA = new Set(['const', 'enum', 'default', 'example', 'examples'])

/**
 * A user's schema as a part of the document. A reference within it, such as `#/$defs/a`, means another place once the
 * schema stands at `root` (`#/components/schemas/weatherData`). A schema with an `$id` is its own root wherever it stands.
 */
export function rebase(schema: object, root: string): object {
  return '$id' in schema
    ? schema
    : (moved(schema, root, hasNames(schema) ? anchorsOf(schema, root) : new Map()) as object)
}

/** Whether a schema has references of its own, so that it can only stand where they lead somewhere. */
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

/** Where each `$anchor` stands; tools of OpenAPI know pointers only. */
function anchorsOf(value: unknown, pointer: string): Map<string, string> {
  if (typeof value !== 'object' || value === null) return new Map()
  const own = '$anchor' in value ? [[`#${String(value.$anchor)}`, pointer] as const] : []
  const below = Object.entries(value).flatMap(([key, item]) => [
    ...anchorsOf(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`),
  ])
  return new Map([...own, ...below])
}
