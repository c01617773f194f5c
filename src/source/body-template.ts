import { compilePlaceholders, ownValue, type PlaceholderValues } from './template-text.ts'
import type { TemplateProblem } from './template-value.ts'

/** A body with placeholders. No value can change its structure; see BODY_TYPES for what bodies there are. */
export interface BodyTemplate {
  /** As written. */
  readonly written: unknown
  /** Names of the variables in it, each once. */
  readonly variables: readonly string[]
  /** Returns the body in UTF-8, or a problem that names the value that does not fit. */
  render(values: BodyValues): Buffer | TemplateProblem
}

/** Values for a body template, by name. */
export interface BodyValues {
  /** Values for strings that are exactly `{name}`. */
  readonly json: PlaceholderValues
  /** Values for placeholders in longer strings. */
  readonly text: PlaceholderValues
}

/** Returns one part of the body; undefined if it is left out. Throws Unfit. */
type Filler = (values: BodyValues) => unknown

class Unfit extends Error {
  readonly problem: TemplateProblem

  constructor(problem: TemplateProblem) {
    super(problem.problem)
    this.problem = problem
  }
}

/**
 * Compiles a JSON template. A string that is exactly `{name}` becomes the value with its type; in a longer string, values
 * become text. A member or item is left out if all of its values are absent. Values are filled in before the JSON text
 * is written. Does not throw.
 */
export function compileBody(template: unknown): BodyTemplate {
  const variables = new Set<string>()
  const fill = fillerOf(template, variables)
  return { written: template, variables: [...variables], render: (values) => rendered(fill, values) }
}

function rendered(fill: Filler, values: BodyValues): Buffer | TemplateProblem {
  try {
    return Buffer.from(JSON.stringify(fill(values)) ?? 'null')
  } catch (error) {
    if (error instanceof Unfit) return error.problem
    throw error
  }
}

function fillerOf(part: unknown, variables: Set<string>): Filler {
  if (typeof part === 'string') return textFiller(part, variables)
  if (Array.isArray(part)) {
    const items = part.map((item) => fillerOf(item, variables))
    return (values) => items.map((fill) => fill(values)).filter((item) => item !== undefined)
  }
  if (typeof part !== 'object' || part === null) return () => part
  const members = Object.entries(part).map(([key, item]) => [key, fillerOf(item, variables)] as const)
  // fromEntries makes `__proto__` a key like any other; JSON.stringify leaves out what is undefined
  return (values) => Object.fromEntries(members.map(([key, fill]) => [key, fill(values)]))
}

function textFiller(part: string, variables: Set<string>): Filler {
  const text = compilePlaceholders(part)
  for (const name of text.variables) variables.add(name)
  const { whole } = text
  if (whole !== null) return ({ json }) => ownValue(whole, json)
  return (values) => {
    const written = text.render(values.text)
    if (typeof written === 'object') throw new Unfit(written)
    return written
  }
}
