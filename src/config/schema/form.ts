import { suggest } from '../../core/known-names.ts'
import { quote } from '../text/problems.ts'

/** The statically known form of data: which members it has. UNKNOWN may be anything. */
export type Form = ObjectForm | ListForm | typeof UNKNOWN

/** An object. */
export interface ObjectForm {
  readonly members: ReadonlyMap<string, Form>
  /** Whether it may have other members. */
  readonly isOpen: boolean
  /** The end of a sentence about a member that it lacks: `the view does not have, so that it is null`. */
  readonly lacks: string
}

/** A list, whose items have one form. */
export interface ListForm {
  readonly items: Form
}

export const UNKNOWN = null

export function isObject(form: Form): form is ObjectForm {
  return form !== UNKNOWN && 'members' in form
}

/** The form of each item of a list; UNKNOWN for anything else. */
export function itemsOf(form: Form): Form {
  return form !== UNKNOWN && 'items' in form ? form.items : UNKNOWN
}

/** Keywords of JSON Schema that may add members or items to those in `properties` and `items`. */
const OTHERS = [
  ...['$ref', '$dynamicRef', 'allOf', 'anyOf', 'oneOf', 'not', 'if', 'const', 'enum'],
  ...['patternProperties', 'unevaluatedProperties', 'dependentSchemas', 'prefixItems', 'unevaluatedItems'],
]

/**
 * The form of what a JSON Schema describes. If it lists `properties` without `additionalProperties`, JSON Schema allows
 * others, but the author of a list seldom expects any, so it counts as complete. `additionalProperties: true` opens it.
 */
export function formOf(schema: unknown, lacks: string): Form {
  if (typeof schema !== 'object' || schema === null || OTHERS.some((keyword) => keyword in schema)) return UNKNOWN
  const { type, properties, additionalProperties = false, items } = schema as Readonly<Record<string, unknown>>
  if (isOnly(type, 'array') && items !== undefined) return { items: formOf(items, lacks) }
  const isListed = typeof properties === 'object' && properties !== null
  if ((type !== undefined && !isOnly(type, 'object')) || !isListed) return UNKNOWN
  const members = Object.entries(properties).map(([name, member]) => [name, formOf(member, lacks)] as const)
  return { members: new Map(members), isOpen: additionalProperties !== false, lacks }
}

/** Whether a schema allows only this type, or only this type and null (which has no members). */
function isOnly(type: unknown, name: string): boolean {
  return [type].flat().every((one) => one === name || one === 'null')
}

type Schema = Readonly<Record<string, unknown>>

/** Why data of this form never fits a schema, as ends of sentences; empty if it may fit. Only members are compared. */
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
