import { nearest } from '../../../core/known-names.ts'
import { compilePlaceholders } from '../../../source/template-text.ts'
import type { Path } from '../../text/problems.ts'
import type { BindInput } from './bind.ts'
import type { ForEachInput } from './for-each.ts'
import { type HeaderInput, headerPath } from './headers.ts'
import type { ParamsInput } from './params.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'
import type { ValuesInput } from './values.ts'

/** The keys that provide template variables or use them. */
export interface VariableInput extends HeaderInput {
  readonly params?: ParamsInput
  readonly bind?: BindInput
  readonly forEach?: ForEachInput
  readonly values?: ValuesInput
  readonly body?: unknown
}
type VariableScope = SourceScope<VariableInput, 'url'>

/** A key that gives a template variable its value, and the path of that key. */
export interface Provider {
  readonly name: string
  readonly kind: 'params' | 'bind' | 'forEach.as' | 'values'
  readonly path: Path
}

/** All providers of a source. Those of `values` come last, because they may come from `defaults`. */
export function providersOf({ id, source, at }: VariableScope): readonly Provider[] {
  const { params, bind, claims, forEach, values } = source
  const here = ['sources', id]
  return [
    ...params.map(({ name }) => ({ name, kind: 'params' as const, path: [...here, 'params', name] })),
    ...[...bind, ...claims].map(({ name }) => ({ name, kind: 'bind' as const, path: [...here, 'bind', name] })),
    ...(forEach ? [{ name: forEach.as, kind: 'forEach.as' as const, path: [...here, 'forEach', 'as'] }] : []),
    ...Object.keys(values).map((name) => ({ name, kind: 'values' as const, path: at('values', name) })),
  ]
}

/** All variables that are used in the url, the headers or the body. */
export function usedNames(source: SourceDraft): ReadonlySet<string> {
  const { template, body, headers, forEach } = source
  return new Set([
    ...(forEach?.param ? [forEach.param] : []),
    ...namesInCondition(source),
    ...(template?.variables ?? []).map(({ name }) => name),
    ...(body?.variables ?? []),
    ...Object.values(headers).flatMap((text) => compilePlaceholders(text).variables),
  ])
}

/** The parameters that `when` reads; all of them where it reads `params` as a whole. */
function namesInCondition({ when, params }: SourceDraft): readonly string[] {
  const text = when?.text ?? ''
  const named = [...text.matchAll(/\bparams\.([A-Za-z_]\w*)/g)].map(([, name = '']) => name)
  return /\bparams\b(?!\.[A-Za-z_])/.test(text) ? params.map(({ name }) => name) : named
}

/** All strings in a value, with their paths. */
export function textsIn(value: unknown, path: Path): readonly { readonly text: string; readonly path: Path }[] {
  if (typeof value === 'string') return [{ text: value, path }]
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]))
}

export const variableChecks: Checks<VariableScope> = [checkVariables]

/** Checks that each variable has exactly one provider, and that each provider is used. */
function checkVariables(scope: VariableScope): void {
  const providers = providersOf(scope)
  checkProvidedOnce(scope, providers)
  if (!scope.source.template || scope.hasBroken(...KEYS)) return
  checkProvided(scope, providers)
  checkUsed(scope, providers)
}

const KEYS = ['url', 'params', 'values', 'bind', 'forEach', 'body', 'headers'] as const

function checkProvidedOnce({ problem }: VariableScope, providers: readonly Provider[]): void {
  for (const [index, { name, kind, path }] of providers.entries()) {
    for (const other of providers.slice(index + 1)) {
      if (other.name !== name) continue
      problem(path, `${subject(name, kind)}is provided twice, by ${kind} and by ${other.kind}; leave one out`)
    }
  }
}

function checkProvided(scope: VariableScope, providers: readonly Provider[]): void {
  const { source, id, problem } = scope
  const known = new Set(providers.map(({ name }) => name))
  for (const name of new Set(source.template?.variables.map((variable) => variable.name))) {
    if (!known.has(name))
      problem(['sources', id, 'url'], `the variable "${name}" is provided by nothing; ${howToProvide(name, known)}`)
  }
  for (const { text, path } of placeholderTexts(scope)) {
    for (const name of compilePlaceholders(text).variables.filter((variable) => !known.has(variable))) {
      const what = placeholderName(name, path, scope)
      const where = path[0] === 'defaults' ? ` in "${id}"` : ''
      const how = scope.isFromEnvironment(path) ? PROVIDE : howToProvide(name, known)
      problem(path, `${what} is provided by nothing${where}; ${how}, or write {{…}} where the braces are only text`)
    }
  }
}

const PROVIDE = 'add it to params, values or bind'

function howToProvide(name: string, known: ReadonlySet<string>): string {
  const near = nearest(name, [...known])
  return near === null ? PROVIDE : `did you mean {${near}}? Else ${PROVIDE}`
}

/** The strings that may contain placeholders: those of headers, and of the body if one is sent. */
function placeholderTexts(scope: VariableScope): readonly { readonly text: string; readonly path: Path }[] {
  const { source, written, at } = scope
  const headers = Object.entries(source.headers).map(([name, text]) => ({ text, path: headerPath(scope, name) }))
  return source.body === null ? headers : [...headers, ...textsIn(written.body, at('body'))]
}

/** A text from the environment may be a secret, so it is not shown. */
function placeholderName(name: string, path: Path, { isFromEnvironment }: VariableScope): string {
  return isFromEnvironment(path) ? 'a placeholder {name} in it' : `the placeholder {${name}}`
}

function checkUsed({ source, own, problem, warn }: VariableScope, providers: readonly Provider[]): void {
  const used = usedNames(source)
  for (const { name, kind, path } of providers.filter((provider) => !used.has(provider.name))) {
    const add = `add {?${name}} to the url, or {${name}} to a header or the body`
    if (kind !== 'values') problem(path, `${subject(name, kind)}is used nowhere; ${add}`)
    else if (own.values && Object.hasOwn(own.values, name)) warn(path, 'is used nowhere; leave it out')
  }
}

/** The subject of a message: names the variable if the path does not end with its name. */
function subject(name: string, kind: Provider['kind']): string {
  return kind === 'forEach.as' ? `"${name}" ` : ''
}
