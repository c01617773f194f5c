import type { BodyTemplate } from './body-template.ts'
import { halfCharacter } from './form-body.ts'
import { compilePlaceholders, ownValue } from './template-text.ts'
import { readXml } from './xml.ts'

/** Bodies of XML: text whose values are escaped. */

/** The characters that have a meaning, and the white space that parsers change (XML 1.0, sections 2.11 and 3.3.3). */
const ESCAPED = /[&<>"'\t\n\r]/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: no XML 1.0 can hold these, not even as references (section 2.2)
const IMPOSSIBLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

/** Compiles a text like `compileText`, but values cannot leave the text or the attribute that they stand in. */
export function compileXml(template: unknown): BodyTemplate {
  const text = compilePlaceholders(String(template))
  return {
    written: template,
    variables: text.variables,
    render: ({ text: values }) => {
      const used = text.variables.map((name) => [name, ownValue(name, values)] as const)
      const odd = used.find(([, value]) => [value].flat().some((item) => IMPOSSIBLE.test(String(item))))
      if (odd) return { problem: `"${odd[0]}" holds a character that XML does not allow`, variable: odd[0] }
      const written = text.render(Object.fromEntries(used.map(([name, value]) => [name, escapedValue(value)])))
      if (typeof written === 'object') return written
      return halfCharacter(text.variables, values) ?? Buffer.from(written ?? '')
    },
  }
}

function escapedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(escapedValue)
  return typeof value === 'string' ? value.replace(ESCAPED, (char) => `&#${char.charCodeAt(0)};`) : value
}

/** A character for private use, and one that has to be escaped. */
const MARK = '\ue000<'
const ESCAPED_MARK = String(escapedValue(MARK))

/** Why a template is no XML, or has placeholders where escaping does not help. */
export function xmlProblem(template: unknown): string | null {
  if (typeof template !== 'string')
    return 'must be a string, because bodyType is xml; write for example "<city>{city}</city>"'
  const encoding = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([^"']*)["']/.exec(template)?.[1] ?? 'utf-8'
  if (encoding.toLowerCase() !== 'utf-8')
    return 'declares an encoding, but is sent in UTF-8; leave the encoding out, or write encoding="UTF-8"'
  const text = compilePlaceholders(template)
  const written = String(text.render(Object.fromEntries(text.variables.map((name) => [name, ESCAPED_MARK]))) ?? '')
  try {
    // in names the mark is an error; in comments, declarations and CDATA it is lost or not decoded
    const data = JSON.stringify(readXml(written))
    return count(data, MARK) === count(written, ESCAPED_MARK) ? null : MISPLACED
  } catch (error) {
    return `is not well-formed XML with its placeholders filled in: ${(error as Error).message}`
  }
}

const MISPLACED =
  'has a placeholder in a comment, a CDATA section, a declaration or an instruction; placeholders are possible in text and in the values of attributes'

function count(text: string, part: string): number {
  return text.split(part).length - 1
}
