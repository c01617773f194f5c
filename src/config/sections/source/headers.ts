import { validateHeaderName, validateHeaderValue } from 'node:http'
import Type from 'typebox'
import { renderHeader } from '../../../source/template-header.ts'
import { compilePlaceholders } from '../../../source/template-text.ts'
import { proxyFor } from '../../../transport/proxy.ts'
import { type Input, mergeBlock } from '../../schema/input.ts'
import { switchable } from '../../schema/parts.ts'
import type { Path } from '../../text/problems.ts'
import type { Checks, SourceScope } from './scope.ts'

const byHeader = Type.Record(Type.String(), Type.String(), { description: 'Request headers by name.' })

export const headersSchema = switchable(byHeader, {
  description:
    'Request headers, by name. `{name}` stands for a parameter, a value, or what `bind` or `forEach` provides; `{{name}}` writes `{name}`. A header whose only placeholder is an absent optional parameter is left out. Never shown. Default: none.',
  examples: [{ 'accept-language': '{lang}' }],
  secret: true,
  alsoCalled: 'useragent accept cookie cookies',
  hint: 'Write for example headers: { user-agent: my-app }',
})

export type HeadersInput = Input<typeof headersSchema>

/** Merges the headers of `defaults` into those of the source; case does not matter in names. */
export function mergeHeaders(defaults?: HeadersInput, own?: HeadersInput): HeadersInput | undefined {
  return mergeBlock(lowerCased(defaults), lowerCased(own))
}

function lowerCased(headers: HeadersInput | undefined): HeadersInput | undefined {
  return headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}

/** Resolves `headers`: values by name in lower case. */
export function resolveHeaders(input: HeadersInput = false): Readonly<Record<string, string>> {
  return input || {}
}

/** Headers that Tributary sets for each attempt, or that are for one connection only (RFC 9110, section 7.6.1). */
const OURS = /^(?:connection|content-length|transfer-encoding|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/
/** Headers that `propagate` sends. */
export const PROPAGATED: readonly string[] = ['x-request-id', 'traceparent', 'tracestate']

export interface HeaderInput {
  readonly headers?: HeadersInput
}
type HeaderScope = SourceScope<HeaderInput, 'forwardHeaders' | 'values' | 'params'>

export const headersChecks: Checks<HeaderScope> = [checkHeaders, warnOfHost]

/** A proxy replaces `host` by that of the URL (RFC 9112, section 3.2.2). Through a tunnel it reaches the source. */
function warnOfHost(scope: HeaderScope): void {
  const { template, proxy, headers } = scope.source
  if (headers.host === undefined || !template?.origin.startsWith('http:')) return
  if (proxyFor(proxy, template.origin) !== null)
    scope.warn(headerPath(scope, 'host'), 'has no effect through a proxy, which takes it from the url; leave it out')
}

function checkHeaders(scope: HeaderScope): void {
  const { own, defaults, source, problem, at } = scope
  for (const block of [own.headers, defaults.headers]) checkSpelling(block || {}, scope)
  for (const [name, value] of Object.entries(source.headers)) {
    const wrong = headerProblem(name, source.propagate) ?? valueProblem(name, value)
    if (wrong) problem(headerPath(scope, name), wrong)
    else checkFilled(scope, value)
    if (source.forwardHeaders.includes(name))
      problem(at('forwardHeaders'), `"${name}" is also in headers; leave one out`)
  }
}

/** Why a value is invalid. `host` takes no placeholders: a client must not choose the virtual host. */
function valueProblem(name: string, value: string): string | null {
  if (!isHeaderValue(value)) return NO_VALUE
  const hasPlaces = compilePlaceholders(value).variables.length > 0
  return name === 'host' && hasPlaces ? 'can hold no placeholder; write the host itself' : null
}

/** Reports fixed values and defaults that a header cannot contain: every call would fail. */
function checkFilled({ source, id, problem, at, hasBroken }: HeaderScope, value: string): void {
  if (hasBroken('values', 'params')) return
  const text = compilePlaceholders(value)
  const others = Object.fromEntries(text.variables.map((name) => [name, 'x']))
  const given = [
    ...Object.entries(source.values).map(([name, value]) => [name, value, at('values', name)] as const),
    ...source.params.map(
      ({ name, default: value }) => [name, value, ['sources', id, 'params', name, 'default']] as const,
    ),
  ]
  for (const [name, item, path] of given) {
    if (item === undefined || !text.variables.includes(name)) continue
    const written = renderHeader(text, { ...others, [name]: item })
    if (typeof written === 'object') problem(path, written.problem)
  }
}

const NO_VALUE = 'the value holds a line break or another character that no header can hold; look at its end'
const NO_NAME = 'is no valid header name; it holds letters, digits and "-"'

/** The path of a header; its name may be written in any case. An invalid name may be a secret, so it is hidden. */
export function headerPath({ own, defaults, at }: SourceScope<HeaderInput>, name: string): Path {
  if (!isHeaderName(name)) return at('headers')
  const written = [own.headers, defaults.headers].flatMap((block) => Object.keys(block || {}))
  return at(
    'headers',
    written.find((key) => key.toLowerCase() === name),
  )
}

function checkSpelling(headers: Readonly<Record<string, string>>, { problem, at }: HeaderScope): void {
  const seen = new Set<string>()
  for (const name of Object.keys(headers)) {
    if (seen.has(name.toLowerCase())) problem(at('headers', name), 'is written twice, in different case; leave one out')
    seen.add(name.toLowerCase())
  }
}

/** Why a source cannot be sent this header, as the end of a sentence; null if it can. */
export function headerProblem(name: string, propagate: boolean): string | null {
  if (!isHeaderName(name)) return NO_NAME
  if (OURS.test(name)) return 'is set by Tributary; leave it out'
  return propagate && PROPAGATED.includes(name)
    ? 'is sent because propagate is true; leave it out, or write propagate: false'
    : null
}

export function isHeaderName(name: string): boolean {
  return succeeds(() => validateHeaderName(name))
}

function isHeaderValue(value: string): boolean {
  return succeeds(() => validateHeaderValue('x', value))
}

function succeeds(action: () => void): boolean {
  try {
    action()
    return true
  } catch {
    return false
  }
}
