import Type from 'typebox'
import { FORWARDED } from '../../../source/request.ts'
import type { InputOf } from '../../schema/input.ts'
import { flag, list, optional, text } from '../../schema/parts.ts'
import { type HeaderInput, headerPath, headerProblem, isHeaderName, PROPAGATED } from './headers.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

/** Headers of a source's requests whose values come from the client or from us, not from the configuration. */

const DEFAULTS = { forwardHeaders: [], clientAddress: false, propagate: true } as const

export const forwardKeys = optional({
  forwardHeaders: list(Type.String(), {
    description:
      "Names of the client's request headers that are passed on; nothing else of its request is, but see `clientAddress` and `propagate`.",
    default: DEFAULTS.forwardHeaders,
    examples: [['authorization']],
  }),
  clientAddress: flag({
    description:
      'Sends X-Forwarded-For, X-Forwarded-Proto and X-Forwarded-Host: the addresses that `server.trustProxy` yields, and the scheme and host that the client asked. They are part of the key of `cache`.',
    default: DEFAULTS.clientAddress,
    examples: [true],
    alsoCalled: 'clientip realip xforwardedfor forwardedfor sendclientip xff',
    hint: 'Write clientAddress: true',
  }),
  propagate: flag({
    description:
      "Sends x-request-id, a W3C traceparent (child of the client's, else new), and the client's tracestate.",
    default: DEFAULTS.propagate,
    examples: [false],
  }),
})

export const deadlineHeaderSchema = text({
  description: 'The header that tells the source how many milliseconds an attempt has left. Default: none.',
  examples: ['x-request-timeout-ms'],
})

type ForwardInput = InputOf<typeof forwardKeys> & HeaderInput & { readonly deadlineHeader?: string }
type Forwarded = Pick<SourceDraft, 'forwardHeaders' | 'clientAddress' | 'propagate' | 'deadlineHeader'>

/** Resolves these keys. Header names are in lower case, without duplicates. */
export function resolveForward(input: ForwardInput): Forwarded {
  const { forwardHeaders, clientAddress, propagate, deadlineHeader } = { ...DEFAULTS, ...input }
  return {
    forwardHeaders: [...new Set(forwardHeaders.map((name) => name.toLowerCase()))],
    clientAddress,
    propagate,
    deadlineHeader: deadlineHeader?.toLowerCase() ?? null,
  }
}

type ForwardScope = SourceScope<ForwardInput>

export const forwardChecks: Checks<ForwardScope> = [
  checkForwardHeaders,
  checkDeadlineHeader,
  checkAddressHeaders,
  warnOfCachedAddress,
]

function checkForwardHeaders({ source, problem, at }: ForwardScope): void {
  const path = at('forwardHeaders')
  for (const name of source.forwardHeaders) {
    const wrong = forwardProblem(name, source.propagate)
    if (wrong) problem(path, isHeaderName(name) ? `"${name}" ${wrong}` : `an item ${wrong}`)
  }
}

function forwardProblem(name: string, propagate: boolean): string | null {
  // an asterisk may stand in a header's name (RFC 9110, section 5.6.2), but here it is meant as a wildcard
  if (name.includes('*'))
    return 'is a wildcard, which is not possible; name each header, as in [authorization, accept-language]'
  if (name === 'host') return "names this service, not the source; write the source's host in headers, or leave it out"
  if (OF_CLIENT.includes(name)) return OF_CLIENT_WHY
  return headerProblem(name, propagate) ?? (NOT_FORWARDED.test(name) ? NOT_FORWARDED_WHY : null)
}

/** What the client says of its own address. It can claim anything. */
const OF_CLIENT = [...FORWARDED, 'forwarded', 'x-real-ip']
const OF_CLIENT_WHY =
  'is what the client claims; write clientAddress: true for X-Forwarded-For, -Proto and -Host as server.trustProxy sees them'

/** What the client says of its own request or connection: it would be untrue, or change the answer of the source. */
const NOT_FORWARDED = /^(?:content-.*|forwarded|x-forwarded-.*|x-real-ip|range|if-.*|accept-encoding)$/
const NOT_FORWARDED_WHY = "is about the client's own request, not about the one to the source; leave it out"

/** Headers that we send to every source, or may send. */
const TAKEN = [...PROPAGATED, 'host', 'accept', 'accept-encoding', 'user-agent', 'content-type', ...FORWARDED]

/** Its value changes with every attempt, so no other key may set this header. */
function checkDeadlineHeader({ source, problem, at }: ForwardScope): void {
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

/** Two headers of the same name would leave it to the source which one it believes. */
function checkAddressHeaders(scope: ForwardScope): void {
  const { source, problem } = scope
  if (!source.clientAddress) return
  for (const name of FORWARDED)
    if (Object.hasOwn(source.headers, name))
      problem(headerPath(scope, name), 'is sent because clientAddress is true; leave one out')
}

function warnOfCachedAddress({ source, warn, at, hasBroken }: ForwardScope): void {
  if (!source.clientAddress || source.cache === null || hasBroken('clientAddress')) return
  warn(
    at('clientAddress'),
    `is part of the key of cache, so clients at different addresses share no data of "${source.id}"; leave one of the two out, unless its data depends on the address`,
  )
}
