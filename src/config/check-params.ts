import { RESERVED_KEYS } from '../limits.ts'
import type { TemplateValue } from '../source/template.ts'
import { readUserSchema } from './json-schema.ts'
import type { SourceScope } from './scope.ts'

/** Every variable has one provider, and every parameter a use. */
export function checkVariables({ source, id, problem, warn, own, at, hasBroken }: SourceScope): void {
  const { template, values } = source
  const params = new Set(source.params.map(({ name }) => name))
  for (const name of params) {
    if (!Object.hasOwn(values, name)) continue
    problem(['sources', id, 'params', name], `is provided twice, by params and by values; leave one out`)
  }
  if (!template || hasBroken('url', 'params', 'values')) return
  const used = new Set(template.variables.map(({ name }) => name))
  for (const name of used) {
    if (params.has(name) || Object.hasOwn(values, name)) continue
    problem(['sources', id, 'url'], `the variable "${name}" is provided by nothing; add it to params or values`)
  }
  for (const name of params) {
    if (!used.has(name)) problem(['sources', id, 'params', name], `is used nowhere in the url; add {?${name}} to it`)
  }
  for (const name of Object.keys(own.values || {})) {
    if (!used.has(name)) warn(at('values', name), 'is used nowhere in the url')
  }
}

/** A value that the URL cannot take would be a 400 for every client, who can do nothing about it. */
export function checkExpandable({ source, problem, at, hasBroken }: SourceScope): void {
  const { template, values, params } = source
  if (!template || hasBroken('url', 'params', 'values')) return
  for (const name of Object.keys(values)) {
    const others = Object.fromEntries(template.variables.map((variable) => [variable.name, 'x']))
    const expanded = template.expand({ ...others, [name]: values[name] })
    if ('problem' in expanded && !params.some((param) => param.name === name))
      problem(at('values', name), expanded.problem)
  }
}

/** `{+x}` and `{#x}` do not encode: a client could leave its place in the URL. */
export function checkOperators({ source, id, problem }: SourceScope): void {
  for (const { name, operator } of source.template?.variables ?? []) {
    if (operator !== '+' && operator !== '#') continue
    if (!source.params.some((param) => param.name === name)) continue
    problem(
      ['sources', id, 'url'],
      `{${operator}${name}} does not encode, so only values may provide it; write {${name}}`,
    )
  }
}

export function checkParams({ source, own, id, problem }: SourceScope): void {
  for (const { name, required } of source.params) {
    const path = ['sources', id, 'params', name]
    if (RESERVED_KEYS.includes(name)) problem(path, 'the name is reserved for query keys of our own; choose another')
    if (!required || own.params?.[name]?.required !== false) continue
    problem([...path, 'required'], 'cannot be false, since the path needs it; leave it out, or write a default')
  }
}

/** The schemas of parameters, and the defaults by them. */
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

/** Template values by name: numbers that YAML and JSON have already rounded. */
export function checkValues({ source, problem, at }: SourceScope): void {
  for (const [name, value] of Object.entries(source.values)) {
    if (isInexact(value)) problem(at('values', name), INEXACT)
  }
}

export const INEXACT = 'holds a whole number beyond 2^53, which would be rounded; write it in quotes'

export function isInexact(value: TemplateValue | undefined): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  return typeof value === 'object' && value !== null && Object.values(value).some(isInexact)
}
