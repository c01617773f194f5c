import { validateHeaderName, validateHeaderValue } from 'node:http'
import { renderHeader } from '../source/template-header.ts'
import { compilePlaceholders } from '../source/template-text.ts'
import type { SourceScope } from './scope.ts'
import type { Path } from './text/problems.ts'

/** Headers that Tributary sets for each attempt, or that are for one connection only (RFC 9110, section 7.6.1). */
const OURS = /^(?:connection|content-length|transfer-encoding|keep-alive|upgrade|te|trailer|expect|proxy-.*)$/
const PROPAGATED = ['x-request-id', 'traceparent']
/** Headers that every source is sent, or may be sent. */
const TAKEN = [...PROPAGATED, 'host', 'accept', 'accept-encoding', 'user-agent', 'content-type']

export function checkHeaders(scope: SourceScope): void {
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

/** A client must not choose which virtual host is asked. */
function valueProblem(name: string, value: string): string | null {
  if (!isHeaderValue(value)) return NO_VALUE
  const hasPlaces = compilePlaceholders(value).variables.length > 0
  return name === 'host' && hasPlaces ? 'can hold no placeholder; write the host itself' : null
}

/** Values and defaults that no header can hold: with them each call would fail. */
function checkFilled({ source, id, problem, at, hasBroken }: SourceScope, value: string): void {
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

/** Where a header is written, in whatever case. What is no header name may be a secret, and is not shown. */
export function headerPath({ own, defaults, at }: SourceScope, name: string): Path {
  if (!isHeaderName(name)) return at('headers')
  const written = [own.headers, defaults.headers].flatMap((block) => Object.keys(block || {}))
  return at(
    'headers',
    written.find((key) => key.toLowerCase() === name),
  )
}

function checkSpelling(headers: Readonly<Record<string, string>>, { problem, at }: SourceScope): void {
  const seen = new Set<string>()
  for (const name of Object.keys(headers)) {
    if (seen.has(name.toLowerCase())) problem(at('headers', name), 'is written twice, in different case; leave one out')
    seen.add(name.toLowerCase())
  }
}

export function checkForwardHeaders({ source, problem, at }: SourceScope): void {
  const path = at('forwardHeaders')
  for (const name of source.forwardHeaders) {
    const wrong = forwardProblem(name, source.propagate)
    if (wrong) problem(path, isHeaderName(name) ? `"${name}" ${wrong}` : `an item ${wrong}`)
  }
}

function forwardProblem(name: string, propagate: boolean): string | null {
  // an asterisk may stand in a header's name (RFC 9110, section 5.6.2), but nobody means that
  if (name.includes('*'))
    return 'is a wildcard, which is not possible; name each header, as in [authorization, accept-language]'
  if (name === 'host') return "names this service, not the source; write the source's host in headers, or leave it out"
  return headerProblem(name, propagate)
}

/** Its value changes with every attempt, so no other key may set this header. */
export function checkDeadlineHeader({ source, problem, at }: SourceScope): void {
  const { deadlineHeader: name, headers, forwardHeaders } = source
  if (name === null) return
  const path = at('deadlineHeader')
  const wrong =
    headerProblem(name, false) ??
    (TAKEN.includes(name) ? 'is a header with a meaning of its own; choose another name' : null)
  if (wrong) problem(path, wrong)
  if (Object.hasOwn(headers, name)) problem(path, 'is also in headers; leave one out')
  if (forwardHeaders.includes(name)) problem(path, 'is also in forwardHeaders; leave one out')
}

function headerProblem(name: string, propagate: boolean): string | null {
  if (!isHeaderName(name)) return NO_NAME
  if (OURS.test(name)) return 'is set by Tributary; leave it out'
  return propagate && PROPAGATED.includes(name)
    ? 'is sent because propagate is true; leave it out, or write propagate: false'
    : null
}

function isHeaderName(name: string): boolean {
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
