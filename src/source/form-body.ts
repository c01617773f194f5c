import type { BodyTemplate } from './body-template.ts'
import { compilePlaceholders, ownValue, type PlaceholderValues } from './template-text.ts'
import type { TemplateProblem } from './template-value.ts'

/** Bodies of the type application/x-www-form-urlencoded (URL standard, section 5). */

/** Values of one field, in order; or why a value does not fit. */
type Field = (values: PlaceholderValues) => readonly string[] | TemplateProblem

/**
 * Compiles a map of scalars and lists of them. A list is its field several times. A string that is exactly `{name}`
 * becomes the value, which may be a list; in a longer string, values become text. What is absent or null is left out.
 */
export function compileForm(template: unknown): BodyTemplate {
  const variables = new Set<string>()
  const members = Object.entries((template ?? {}) as object)
  const fields = members.map(([key, part]) => [key, fieldOf(part, variables)] as const)
  return { written: template, variables: [...variables], render: ({ text }) => rendered(fields, text) }
}

function rendered(
  fields: readonly (readonly [key: string, field: Field])[],
  values: PlaceholderValues,
): Buffer | TemplateProblem {
  const form = new URLSearchParams()
  for (const [key, field] of fields) {
    const texts = field(values)
    if ('problem' in texts) return texts
    for (const text of texts) form.append(key, text)
  }
  return Buffer.from(form.toString())
}

function fieldOf(part: unknown, variables: Set<string>): Field {
  if (!Array.isArray(part)) return scalarField(part, variables)
  const items = part.map((item) => scalarField(item, variables))
  return (values) => {
    const all: string[] = []
    for (const item of items) {
      const texts = item(values)
      if ('problem' in texts) return texts
      all.push(...texts)
    }
    return all
  }
}

function scalarField(part: unknown, variables: Set<string>): Field {
  if (part === null) return () => []
  if (typeof part !== 'string') return () => [String(part)]
  const text = compilePlaceholders(part)
  for (const name of text.variables) variables.add(name)
  const { whole } = text
  if (whole !== null) return (values) => textsOf(whole, ownValue(whole, values))
  return (values) => {
    const written = text.render(values)
    if (typeof written === 'object') return written
    return written === undefined ? [] : (halfCharacter(text.variables, values) ?? [written])
  }
}

function textsOf(name: string, value: unknown): readonly string[] | TemplateProblem {
  const items = [value].flat().filter((item) => item !== null && item !== undefined)
  if (items.some((item) => typeof item === 'object'))
    return { problem: `"${name}" holds a map or a list in a list, which no form can hold`, variable: name }
  return halfCharacter([name], { [name]: value }) ?? items.map(String)
}

/** The problem of a value with a lone surrogate, which UTF-8 cannot hold; null if there is none. */
export function halfCharacter(names: readonly string[], values: PlaceholderValues): TemplateProblem | null {
  for (const name of names)
    for (const item of [ownValue(name, values)].flat())
      if (typeof item === 'string' && !item.isWellFormed())
        return { problem: `"${name}" holds half of a character, a lone surrogate`, variable: name }
  return null
}

const isScalar = (part: unknown) => typeof part !== 'object' || part === null

/** Why a template is no form. */
export function formProblem(template: unknown): string | null {
  if (typeof template !== 'object' || template === null || Array.isArray(template))
    return 'must be a map of fields, because bodyType is form; write for example { q: "{q}", tag: "{tags}" }'
  if (Object.values(template).every((part) => [part].flat().every(isScalar))) return null
  return 'holds a map in a map, or a list in a list, and a form has only scalars and lists of them; name each field, as in "address[city]"'
}
