import { compilePlaceholders, ownValue, type PlaceholderValues } from './template-text.ts'
import type { TemplateProblem } from './template-value.ts'

/** A JSON body with places for values. Filled as data and written as JSON once, so that no value can leave its place. */
export interface BodyTemplate {
  /** As written. */
  readonly written: unknown
  /** The variables that stand in it. */
  readonly variables: readonly string[]
  /**
   * The body in UTF-8, or which value cannot stand in its place. A string that is exactly `{name}` becomes the value of
   * that name with its type; within a longer string, values are text. A member or item whose only value is absent is
   * left out.
   */
  render(values: BodyValues): Buffer | TemplateProblem
}

export interface BodyValues {
  /** By name: what a string that is exactly `{name}` becomes. */
  readonly json: PlaceholderValues
  /** By name: what stands within longer strings. */
  readonly text: PlaceholderValues
}

/** Writes one part of the body; undefined where nothing is to be written. Throws an Unfit. */
type Filler = (values: BodyValues) => unknown

class Unfit extends Error {
  readonly problem: TemplateProblem

  constructor(problem: TemplateProblem) {
    super(problem.problem)
    this.problem = problem
  }
}

/** Prepares a JSON template. */
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
