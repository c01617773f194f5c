import { changed, rebase } from './rebase.ts'
import type { Schema } from './schemas.ts'

/**
 * The components for the schema of a source's data: itself under `name`, and each of its `$defs`. Tools that make types
 * of a document ignore `$defs` beside most keywords.
 */
export function dataComponents(name: string, schema: object): Readonly<Record<string, Schema>> {
  const root = pointerTo(name)
  const whole = opened(rebase(schema, root)) as Schema
  // references within a schema with an `$id` are relative to that
  if ('$id' in whole || typeof whole.$defs !== 'object' || whole.$defs === null) return { [name]: whole }
  const { $defs, ...rest } = whole
  const lifted = Object.entries($defs as Schema).filter(([key]) => COMPONENT_NAME.test(key))
  const kept = Object.entries($defs as Schema).filter(([key]) => !COMPONENT_NAME.test(key))
  const targets = new Map(lifted.map(([key]) => [`${root}/$defs/${key}`, pointerTo(`${name}-${key}`)]))
  const own = kept.length === 0 ? rest : { ...rest, $defs: Object.fromEntries(kept) }
  const components = [[name, own] as const, ...lifted.map(([key, item]) => [`${name}-${key}`, item] as const)]
  return Object.fromEntries(components.map(([key, item]) => [key, redirected(item, false, targets) as Schema]))
}

/** Names that OpenAPI allows for a component (OpenAPI 3.1, Components Object). */
const COMPONENT_NAME = /^[\w.-]+$/

function pointerTo(name: string): string {
  return `#/components/schemas/${name}`
}

/** Changes references to `targets`, and to what is in them. */
function redirected(part: unknown, byName: boolean, targets: ReadonlyMap<string, string>): unknown {
  return changed(part, byName, (key, value, inner) => {
    if (key !== '$ref' || typeof value !== 'string') return redirected(value, inner, targets)
    const [place = ''] = /^#\/components\/schemas\/[^/]*\/\$defs\/[^/]*/.exec(value) ?? []
    const target = targets.get(place)
    return target === undefined ? value : target + value.slice(place.length)
  })
}

/** Keywords that say which members an object has, or combine schemas that may. */
const MEMBERS = [
  ...['properties', 'additionalProperties', 'patternProperties', 'propertyNames'],
  ...['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'if'],
]

/**
 * Adds `additionalProperties: true` to each `type: object` without members. It means the same, but openapi-typescript
 * takes the former for an object that has no members at all.
 */
function opened(schema: object): unknown {
  // there it would change what is valid
  return JSON.stringify(schema).includes('"unevaluatedProperties"') ? schema : openedPart(schema, false)
}

function openedPart(part: unknown, byName: boolean): unknown {
  const inner = changed(part, byName, (_key, value, within) => openedPart(value, within))
  return byName || !isBare(part) ? inner : { ...(inner as object), additionalProperties: true }
}

function isBare(part: unknown): boolean {
  if (typeof part !== 'object' || part === null || !('type' in part)) return false
  return [part.type].flat().includes('object') && !MEMBERS.some((keyword) => keyword in part)
}
