import { RESERVED_KEYS } from '../core/limits.ts'
import { readUserSchema } from './schema/user-schema.ts'
import type { SourceScope } from './scope.ts'
import { providersOf } from './variables.ts'

/** A fixed value that the URL cannot hold would be a 400 for every client. */
export function checkExpandable(scope: SourceScope): void {
  const { source, problem, at, hasBroken } = scope
  const { template, values } = source
  if (!template || hasBroken('url', 'params', 'values')) return
  const others = foreignNames(scope)
  for (const name of Object.keys(values)) {
    const filled = Object.fromEntries(template.variables.map((variable) => [variable.name, 'x']))
    const expanded = template.expand({ ...filled, [name]: values[name] })
    if ('problem' in expanded && !others.has(name)) problem(at('values', name), expanded.problem)
  }
}

/** `{+x}` and `{#x}` do not encode, so a client or another source could change other parts of the URL. */
export function checkOperators(scope: SourceScope): void {
  const { source, id, problem } = scope
  const others = foreignNames(scope)
  for (const { name, operator } of source.template?.variables ?? []) {
    if ((operator !== '+' && operator !== '#') || !others.has(name)) continue
    problem(
      ['sources', id, 'url'],
      `{${operator}${name}} does not encode, so only values may provide it; write {${name}}`,
    )
  }
}

/** The variables whose values come from clients or other sources. */
function foreignNames(scope: SourceScope): ReadonlySet<string> {
  const foreign = providersOf(scope).filter(({ kind }) => kind !== 'values')
  return new Set(foreign.map(({ name }) => name))
}

export function checkParams({ source, own, id, problem }: SourceScope): void {
  for (const { name, required } of source.params) {
    const path = ['sources', id, 'params', name]
    if (RESERVED_KEYS.includes(name))
      problem(path, "this name is reserved for Tributary's own query keys; choose another name")
    if (!required || own.params?.[name]?.required !== false) continue
    problem([...path, 'required'], 'cannot be false, since the path needs it; leave it out, or write a default')
  }
}

/** The schema of each parameter, and whether its default fits it. */
export function checkParamSchemas({ source, id, problem }: SourceScope): void {
  for (const { name, schema, default: standard } of source.params) {
    const path = ['sources', id, 'params', name]
    const read = readUserSchema(schema)
    if ('problems' in read) {
      for (const message of read.problems) problem(path, `is no valid JSON Schema: ${message}`)
    } else if (standard !== undefined) {
      const misfit = read.check(standard)
      if (misfit !== null) problem([...path, 'default'], `does not fit its own schema: ${misfit}`)
    }
    if (isInexact(standard)) problem([...path, 'default'], INEXACT)
  }
}

/** Finds numbers in template values that YAML or JSON has rounded. */
export function checkValues({ source, problem, at }: SourceScope): void {
  for (const [name, value] of Object.entries(source.values)) {
    if (isInexact(value)) problem(at('values', name), INEXACT)
  }
}

export const INEXACT = 'holds a whole number beyond 2^53, which would be rounded; write it in quotes'

export function isInexact(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(isInexact)
}
