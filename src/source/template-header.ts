import { ownValue, type PlaceholderText, type PlaceholderValues } from './template-text.ts'
import type { TemplateProblem } from './template-value.ts'

/** RFC 9110, section 5.5, without the obsolete bytes above ASCII, which undici would refuse or alter. */
const HEADER_TEXT = /^[\t\u0020-\u007e]*$/

/** The value of a header; undefined where it is left out, a problem where a value does not fit into a header. */
export function renderHeader(text: PlaceholderText, values: PlaceholderValues): string | undefined | TemplateProblem {
  const value = text.render(values)
  if (typeof value !== 'string') return value
  const unfit = text.variables.find((name) => !HEADER_TEXT.test(String(ownValue(name, values) ?? '')))
  return unfit === undefined
    ? value
    : { problem: `"${unfit}" holds a character that no header can hold; use printable ASCII`, variable: unfit }
}
