import { ownValue, type PlaceholderText, type PlaceholderValues } from './template-text.ts'
import type { TemplateProblem } from './template-value.ts'

/** Field values (RFC 9110, section 5.5) without the obsolete bytes above ASCII, which undici rejects or changes. */
const HEADER_TEXT = /^[\t\u0020-\u007e]*$/

/**
 * Returns the value of a header; undefined if the header is left out; a problem if a value cannot be part of a header.
 */
export function renderHeader(text: PlaceholderText, values: PlaceholderValues): string | undefined | TemplateProblem {
  const value = text.render(values)
  if (typeof value !== 'string') return value
  const unfit = text.variables.find((name) => !HEADER_TEXT.test(String(ownValue(name, values) ?? '')))
  return unfit === undefined
    ? value
    : { problem: `"${unfit}" holds a character that no header can hold; use printable ASCII`, variable: unfit }
}
