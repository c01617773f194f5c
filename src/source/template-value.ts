/**
 * A value of a template variable (RFC 6570, section 2.3). `null`, `[]` and `{}` count as undefined. Lists and maps can
 * contain only scalars.
 */
export type TemplateValue =
  | string
  | number
  | boolean
  | null
  | readonly TemplateValue[]
  | { readonly [key: string]: TemplateValue }

/** Values of template variables, by name. */
export type TemplateValues = Readonly<Record<string, TemplateValue | undefined>>

/**
 * Why a template cannot be expanded with these values. `problem` may be shown to clients: it contains names, but no
 * values.
 */
export interface TemplateProblem {
  readonly problem: string
  readonly variable: string | null
}

type Defined = Exclude<TemplateValue, null>
type Scalar = string | number | boolean | null

// biome-ignore lint/suspicious/noControlCharactersInRegex: these three end or split an HTTP request line
const FORBIDDEN = /[\u0000\n\r]/

/** Lists and maps that are empty, or contain only undefined members, are undefined (RFC 6570, section 2.3). */
export function isUndefined(value: TemplateValue | undefined): value is null | undefined {
  if (value === undefined || value === null) return true
  return typeof value === 'object' && Object.values(value).every((item) => item === undefined || item === null)
}

/**
 * Why a value cannot be expanded, as the end of a sentence that starts with the name of the variable; null if it can.
 */
export function valueProblem(value: Defined, prefix: number | null): string | null {
  if (typeof value !== 'object') return textProblem(value)
  if (prefix !== null) return 'must be a string or number here, not a list or map'
  for (const item of Object.values(value)) {
    const problem = typeof item === 'object' && item !== null ? 'holds a list or map inside another' : textProblem(item)
    if (problem) return problem
  }
  return Array.isArray(value) ? null : firstProblem(Object.keys(value))
}

function firstProblem(texts: readonly string[]): string | null {
  return texts.map(textProblem).find((problem) => problem !== null) ?? null
}

function textProblem(value: Scalar | undefined): string | null {
  if (typeof value !== 'string') return null
  if (FORBIDDEN.test(value)) return 'holds a line break or NUL character'
  return value.isWellFormed() ? null : 'holds half of a character, a lone surrogate'
}
