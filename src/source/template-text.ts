import type { TemplateProblem } from './template-value.ts'

/** Text with placeholders, as in `headers` and in strings of `body`. */
export interface PlaceholderText {
  /** Names of its placeholders, each once. */
  readonly variables: readonly string[]
  /** The name if the text is exactly one placeholder; else null. */
  readonly whole: string | null
  /**
   * Fills in the values: a list is joined with commas, and an absent value becomes empty. Returns undefined if all
   * values are absent; the header or member is then left out. Returns a problem if a value is a map.
   */
  render(values: PlaceholderValues): string | undefined | TemplateProblem
}

/** Values by name. Undefined, null and an empty list count as absent. */
export type PlaceholderValues = Readonly<Record<string, unknown>>

/** `{name}` is a placeholder, and `{{name}}` writes `{name}`. All other braces are literal. */
const PLACE = /\{\{([A-Za-z_][A-Za-z0-9_]{0,62})\}\}|\{([A-Za-z_][A-Za-z0-9_]{0,62})\}/g

/** Literal text, or the name of a placeholder. */
type Part = { readonly text: string } | { readonly name: string }

/** Compiles a text when the configuration is loaded. */
export function compilePlaceholders(text: string): PlaceholderText {
  const parts = partsOf(text)
  const names = parts.flatMap((part) => ('name' in part ? [part.name] : []))
  const [only] = parts
  return {
    variables: [...new Set(names)],
    whole: parts.length === 1 && only !== undefined && 'name' in only ? only.name : null,
    render: (values) => render(parts, values),
  }
}

/** The own value of a name; ignores inherited properties such as `constructor`. */
export function ownValue(name: string, values: PlaceholderValues): unknown {
  return Object.hasOwn(values, name) ? values[name] : undefined
}

function partsOf(text: string): readonly Part[] {
  const parts: Part[] = []
  let from = 0
  for (const { 0: place, 1: literal, 2: name, index } of text.matchAll(PLACE)) {
    if (index > from) parts.push({ text: text.slice(from, index) })
    parts.push(name === undefined ? { text: `{${literal}}` } : { name })
    from = index + place.length
  }
  if (from < text.length || parts.length === 0) parts.push({ text: text.slice(from) })
  return parts
}

function render(parts: readonly Part[], values: PlaceholderValues): string | undefined | TemplateProblem {
  let text = ''
  let isAbsent = true
  for (const part of parts) {
    const piece = 'text' in part ? part.text : textOf(ownValue(part.name, values))
    if (piece === null && 'name' in part) return mapProblem(part.name)
    text += piece ?? ''
    isAbsent &&= 'text' in part || piece === undefined
  }
  return isAbsent && parts.some((part) => 'name' in part) ? undefined : text
}

function mapProblem(name: string): TemplateProblem {
  return { problem: `"${name}" holds a map, which cannot stand within a text`, variable: name }
}

/** Converts a value to text; undefined if it is absent, null if it is a map or contains one. */
function textOf(value: unknown): string | undefined | null {
  if (value === undefined || value === null) return undefined
  if (!Array.isArray(value)) return typeof value === 'object' ? null : String(value)
  const items = value.filter((item) => item !== null && item !== undefined)
  if (items.some((item) => typeof item === 'object')) return null
  return items.length === 0 ? undefined : items.join(',')
}
