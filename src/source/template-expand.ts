import { formatBytes, MAX_URL_BYTES } from '../core/limits.ts'
import { encodeVariable, type VariableStep } from './template-encode.ts'
import type { Operator } from './template-grammar.ts'
import { mayHoldBadSegment, segmentProblem } from './template-segment.ts'
import {
  isUndefined,
  type TemplateProblem,
  type TemplateValue,
  type TemplateValues,
  valueProblem,
} from './template-value.ts'

/** Literal text, or an expression. */
export type Step = LiteralStep | ExpressionStep

/** Literal text, encoded. */
export interface LiteralStep {
  readonly text: string
  readonly inPath: boolean
  /** As in ExpressionStep. */
  readonly mayBeginQuery: boolean
}

/** An expression such as `{?q,limit}`. */
export interface ExpressionStep {
  readonly operator: Operator
  readonly variables: readonly VariableStep[]
  /** `opening` comes before the first defined variable, `separator` before each other one. */
  readonly opening: string
  readonly separator: string
  readonly inPath: boolean
  /** Whether this begins with `&`, which becomes `?` if all pairs before it are left out. */
  readonly mayBeginQuery: boolean
}

const ON_WIRE = /^\/(?!\/)[\u0021-\u007e]*$/

/** Expands a compiled template into path and query, or returns the value that does not fit. Never throws. */
export function expandSteps(steps: readonly Step[], values: TemplateValues): { path: string } | TemplateProblem {
  let text = ''
  for (const step of steps) {
    const part = expandStep(step, values)
    if (typeof part !== 'string') return part
    text += step.mayBeginQuery && part !== '' && !text.includes('?') ? `?${part.slice(1)}` : part
  }
  const path = withoutFragment(text)
  if (mayHoldBadSegment(path)) {
    const bad = segmentProblem(steps.map((step) => ({ step, text: String(expandStep(step, values)) })))
    if (bad) return bad
  }
  if (path.length > MAX_URL_BYTES)
    return { problem: `the URL would be longer than ${formatBytes(MAX_URL_BYTES)}`, variable: null }
  /* c8 ignore next: not reachable with any known template or value; protects the origin if one is found */
  if (!ON_WIRE.test(path)) return { problem: 'the URL would leave its origin', variable: null }
  return { path }
}

function withoutFragment(text: string): string {
  const hash = text.indexOf('#')
  const sent = hash < 0 ? text : text.slice(0, hash)
  return sent.startsWith('/') ? sent : `/${sent}`
}

function expandStep(step: Step, values: TemplateValues): string | TemplateProblem {
  if ('text' in step) return step.text
  let text = ''
  let before = step.opening
  for (const variable of step.variables) {
    const value = Object.hasOwn(values, variable.name) ? values[variable.name] : undefined
    if (isUndefined(value)) continue
    const part = expandVariable(step.operator, variable, value)
    if (typeof part !== 'string') return part
    text += before + part
    before = step.separator
  }
  return text
}

function expandVariable(
  operator: Operator,
  variable: VariableStep,
  value: Exclude<TemplateValue, null>,
): string | TemplateProblem {
  const problem = valueProblem(value, variable.prefix)
  if (problem) return { problem: `"${variable.name}" ${problem}`, variable: variable.name }
  return encodeVariable(operator, variable, value)
}
