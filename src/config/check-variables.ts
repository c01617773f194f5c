import { compilePlaceholders } from '../source/template-text.ts'
import { headerPath } from './check-headers.ts'
import type { SourceScope } from './scope.ts'
import { nearest, type Path } from './text/problems.ts'
import { type Provider, providersOf, textsIn, usedNames } from './variables.ts'

/** Checks that each variable has exactly one provider, and that each provider is used. */
export function checkVariables(scope: SourceScope): void {
  const providers = providersOf(scope)
  checkProvidedOnce(scope, providers)
  if (!scope.source.template || scope.hasBroken(...KEYS)) return
  checkProvided(scope, providers)
  checkUsed(scope, providers)
}

const KEYS = ['url', 'params', 'values', 'bind', 'forEach', 'body', 'headers'] as const

function checkProvidedOnce({ problem }: SourceScope, providers: readonly Provider[]): void {
  for (const [index, { name, kind, path }] of providers.entries()) {
    for (const other of providers.slice(index + 1)) {
      if (other.name !== name) continue
      problem(path, `${subject(name, kind)}is provided twice, by ${kind} and by ${other.kind}; leave one out`)
    }
  }
}

function checkProvided(scope: SourceScope, providers: readonly Provider[]): void {
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

/** The texts in which placeholders are looked for: those of headers, and of the body where one is sent. */
function placeholderTexts(scope: SourceScope): readonly { readonly text: string; readonly path: Path }[] {
  const { source, written, at } = scope
  const headers = Object.entries(source.headers).map(([name, text]) => ({ text, path: headerPath(scope, name) }))
  return source.body === null ? headers : [...headers, ...textsIn(written.body, at('body'))]
}

/** A text from the environment may be a secret, so it is not shown. */
function placeholderName(name: string, path: Path, { isFromEnvironment }: SourceScope): string {
  return isFromEnvironment(path) ? 'a placeholder {name} in it' : `the placeholder {${name}}`
}

function checkUsed({ source, own, problem, warn }: SourceScope, providers: readonly Provider[]): void {
  const used = usedNames(source)
  for (const { name, kind, path } of providers.filter((provider) => !used.has(provider.name))) {
    const add = `add {?${name}} to the url, or {${name}} to a header or the body`
    if (kind !== 'values') problem(path, `${subject(name, kind)}is used nowhere; ${add}`)
    else if (own.values && Object.hasOwn(own.values, name)) warn(path, 'is used nowhere; leave it out')
  }
}

/** Names the variable where the path does not end with its name. */
function subject(name: string, kind: Provider['kind']): string {
  return kind === 'forEach.as' ? `"${name}" ` : ''
}
