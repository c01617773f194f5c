import type { SourceScope } from './scope.ts'
import { type Provider, providersOf, textsIn, usedNames } from './variables.ts'

/** Every variable has one provider, and every provider a use. */
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
  const { source, id, problem, at } = scope
  const known = new Set(providers.map(({ name }) => name))
  const isMissing = (name: string) => !known.has(name)
  const add = 'is provided by nothing; add it to params, values or bind'
  for (const name of new Set(source.template?.variables.map((variable) => variable.name))) {
    if (isMissing(name)) problem(['sources', id, 'url'], `the variable "${name}" ${add}`)
  }
  for (const name of source.body?.variables.filter(isMissing) ?? []) {
    problem(at('body'), `${isSecretName(name, scope) ? 'a variable in it' : `the variable "${name}"`} ${add}`)
  }
}

/** Whether it is the environment that says `{name}`. */
function isSecretName(name: string, { written, at, isFromEnvironment }: SourceScope): boolean {
  return textsIn(written.body, at('body')).some(({ text, path }) => text === `{${name}}` && isFromEnvironment(path))
}

function checkUsed(scope: SourceScope, providers: readonly Provider[]): void {
  const { source, own, problem, warn } = scope
  const used = usedNames(source)
  const [places, there] = source.body === null ? ['the url', 'it'] : ['the url or body', 'the url']
  for (const { name, kind, path } of providers.filter((provider) => !used.has(provider.name))) {
    if (kind !== 'values')
      problem(path, `${subject(name, kind)}is used nowhere in ${places}; add {?${name}} to ${there}`)
    else if (own.values && Object.hasOwn(own.values, name)) warn(path, `is used nowhere in ${places}`)
  }
}

/** The other paths end with the name. */
function subject(name: string, kind: Provider['kind']): string {
  return kind === 'forEach.as' ? `"${name}" ` : ''
}
