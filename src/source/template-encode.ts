import type { Operator } from './template-grammar.ts'
import type { TemplateValue } from './template-value.ts'

/** One variable of an expression and its modifiers (RFC 6570, section 3.2.1). */
export interface VariableStep {
  readonly name: string
  /** Maximum number of characters; null for all. */
  readonly prefix: number | null
  readonly explode: boolean
  /** Text between the items of an exploded list or map. */
  readonly joint: string
}

type Scalar = string | number | boolean

/**
 * Encodes a value, without the operator or separator before it. The value must be defined and valid
 * (template-value.ts).
 */
export function encodeVariable(
  operator: Operator,
  variable: VariableStep,
  value: Exclude<TemplateValue, null>,
): string {
  const { name, prefix, explode, joint } = variable
  const named = operator === '?' || operator === '&' || operator === ';'
  if (typeof value !== 'object') {
    const text = encode(operator, cut(String(value), prefix))
    return named ? pair(operator, name, text) : text
  }
  const parts = explode ? exploded(operator, name, value, named) : joined(operator, value)
  if (explode) return parts.join(joint)
  return named ? pair(operator, name, parts.join(',')) : parts.join(',')
}

/** The separator between variables, and between the parts of an exploded variable. */
export function separatorOf(operator: Operator): string {
  if (operator === '?') return '&'
  return operator === '' || operator === '+' || operator === '#' ? ',' : operator
}

function exploded(operator: Operator, name: string, value: object, named: boolean): string[] {
  if (!Array.isArray(value))
    return membersOf(value).map(([key, item]) => pair(operator, encodeUnreserved(key), encode(operator, item)))
  const items = itemsOf(value).map((item) => encode(operator, item))
  return named ? items.map((item) => pair(operator, name, item)) : items
}

function joined(operator: Operator, value: object): string[] {
  if (Array.isArray(value)) return itemsOf(value).map((item) => encode(operator, item))
  return membersOf(value).flatMap(([key, item]) => [encodeUnreserved(key), encode(operator, item)])
}

function itemsOf(list: readonly unknown[]): string[] {
  return list.filter((item) => item !== null && item !== undefined).map((item) => String(item as Scalar))
}

function membersOf(map: object): [string, string][] {
  return Object.entries(map).flatMap(([key, item]) =>
    item === null || item === undefined ? [] : [[key, String(item as Scalar)]],
  )
}

/** With operator `;` an empty value has no equals sign. */
function pair(operator: Operator, name: string, text: string): string {
  return operator === ';' && text === '' ? name : `${name}=${text}`
}

function encode(operator: Operator, text: string): string {
  return operator === '+' || operator === '#' ? encodeReserved(text) : encodeUnreserved(text)
}

function encodeUnreserved(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`)
}

/**
 * Encodes text, but keeps reserved characters and existing percent-encodings. Literals are encoded in this way too (RFC
 * 6570, section 3.1), so that the brackets of `ids[]=` stay as they are, as browsers send them.
 */
export function encodeReserved(text: string): string {
  return text
    .split(/(%[\dA-Fa-f]{2})/)
    .map((part, at) => (at % 2 === 1 ? part : encodeURI(part).replaceAll('%5B', '[').replaceAll('%5D', ']')))
    .join('')
}

/** The first `length` characters, not UTF-16 units (section 2.4.1). */
function cut(text: string, length: number | null): string {
  return length === null ? text : Array.from(text).slice(0, length).join('')
}
