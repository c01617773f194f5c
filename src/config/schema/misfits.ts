import { quote, suggest } from '../text/problems.ts'
import { type Form, isObject, itemsOf, UNKNOWN } from './form.ts'

type Schema = Readonly<Record<string, unknown>>

/** Why what has this form never fits a schema, as far as its members tell. */
export function misfitsOf(form: Form, schema: unknown): readonly string[] {
  if (form === UNKNOWN || typeof schema !== 'object' || schema === null) return []
  const { properties = {}, items } = schema as Schema
  if (!isObject(form)) return misfitsOf(itemsOf(form), items)
  const inner = [...form.members].flatMap(([name, member]) => misfitsOf(member, (properties as Schema)[name]))
  return [...missing(form.members, schema as Schema), ...unwanted(form.members, schema as Schema), ...inner]
}

type Members = ReadonlyMap<string, Form>

function missing(members: Members, { required }: Schema): readonly string[] {
  const names = Array.isArray(required) ? required.map(String) : []
  return names
    .filter((name) => !members.has(name))
    .map((name) => `yields no ${quote(name)}, which the schema requires; add it, or take it out of "required"`)
}

function unwanted(members: Members, { properties = {}, patternProperties, additionalProperties }: Schema) {
  if (additionalProperties !== false || patternProperties !== undefined) return []
  const known = Object.keys(properties as object)
  return [...members.keys()]
    .filter((name) => !known.includes(name))
    .map((name) => `yields ${quote(name)}, which the schema does not allow${suggest(name, known)}`)
}
