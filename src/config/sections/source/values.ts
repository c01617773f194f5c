import type { TemplateValue } from '../../../source/template.ts'
import type { Input } from '../../schema/input.ts'
import { byName, switchable, templateValue } from '../../schema/parts.ts'
import type { Checks, SourceScope } from './scope.ts'

export const valuesSchema = switchable(byName(templateValue, { description: 'Template values by name.' }), {
  description: 'Template values that no client can set. Never shown. Default: none.',
  examples: [{ units: 'metric' }],
  secret: true,
})

export type ValuesInput = Input<typeof valuesSchema>

/** Resolves `values`: template values by name. They are secret. */
export function resolveValues(input: ValuesInput = false): Readonly<Record<string, TemplateValue>> {
  return input || {}
}

type ValuesScope = SourceScope<{ readonly values?: ValuesInput }>

export const valuesChecks: Checks<ValuesScope> = [checkExact]

/** Finds numbers that YAML or JSON has rounded. */
function checkExact({ source, problem, at }: ValuesScope): void {
  for (const [name, value] of Object.entries(source.values)) {
    if (isInexact(value)) problem(at('values', name), INEXACT)
  }
}

export const INEXACT = 'holds a whole number beyond 2^53, which would be rounded; write it in quotes'

/** Whether a value is or holds a whole number that JavaScript cannot represent exactly. */
export function isInexact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(isInexact)
}
