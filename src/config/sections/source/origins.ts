import Type from 'typebox'
import { MAX_ORIGINS } from '../../../core/limits.ts'
import type { InputOf } from '../../schema/input.ts'
import { oneOf, optional } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import type { BreakerInput } from './breaker.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'
import { SOCKET_URL } from './url.ts'

const DEFAULTS = { balance: 'roundRobin' } as const
const EXAMPLE = ['https://a.example', 'https://b.example']

export const originKeys = optional({
  origins: Type.Union([Type.Array(Type.String(), { minItems: 1, maxItems: MAX_ORIGINS }), Type.Literal(false)], {
    description: `Up to ${MAX_ORIGINS} origins that requests go to in place of the one in \`url\`, each to one of them; a retry or hedge goes to another one. \`false\`: none, where \`defaults\` has some. Never shown. Default: none.`,
    examples: [EXAMPLE],
    secret: true,
    expects: 'a list of origins, or false',
    alsoCalled: 'origin urls servers upstreams backends replicas endpoints mirrors nodes instances baseurls addresses',
    hint: `Write for example origins: [${EXAMPLE.join(', ')}]`,
  }),
  balance: oneOf(['roundRobin', 'failover'], {
    description:
      'How requests are spread over `origins`: `roundRobin` (all take turns) or `failover` (the first one that is not broken).',
    default: DEFAULTS.balance,
    examples: ['failover'],
    alsoCalled: 'loadbalancer loadbalancing balancer balancing lb lbpolicy loadbalancingpolicy',
    hint: 'Write for example balance: failover',
  }),
})

export type OriginInput = InputOf<typeof originKeys>

/** Resolves `origins`, each in the form of `URL.origin`, and reports those that are none. */
export function resolveOrigins(
  input: OriginInput,
  pathOf: (key: string) => Path,
  { problem }: Scope,
): Pick<SourceDraft, 'origins' | 'balance'> {
  const { origins: written, balance } = { ...DEFAULTS, ...input }
  if (!written) return { origins: null, balance }
  const origins: string[] = []
  for (const [index, text] of written.entries()) {
    const found = readOrigin(text)
    if ('problem' in found) problem([...pathOf('origins'), index], found.problem)
    else if (origins.includes(found.origin))
      problem([...pathOf('origins'), index], 'is in the list already; all have the same share, so write it once')
    else origins.push(found.origin)
  }
  return { origins, balance }
}

type Read = { readonly origin: string } | { readonly problem: string }

const NOT_VALID = 'has a host or port that is not valid; write for example https://a.example:8443'

/** The rules, in the order in which they are looked at: what a text must not match, and what is said of it. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [SOCKET_URL, 'names a socket file; write unixSocket: /run/users.sock in place of origins'],
  [/^(?!https?:\/\/)/i, 'must begin with https:// or http://; write for example https://a.example'],
  [/[{}]/, 'holds a brace, but an origin can hold no variable; name each origin'],
  [/^[^/]*\/\/[^/?#]*@/, 'holds a user or password; leave them out, and write an authorization header'],
  [/\?/, 'has a query; write scheme, host and port only, and the query in url'],
  [/#/, 'has a fragment, which is never sent; write scheme, host and port only'],
  [/^[^/]*\/\/[^/]*\/./, 'has a path; write scheme, host and port only, and the path in url'],
  [/\*/, 'holds a wildcard; name each origin'],
  // the URL parser drops or replaces these
  [/[\s\p{Cc}\p{Surrogate}\\]/u, NOT_VALID],
]

function readOrigin(text: string): Read {
  const broken = RULES.find(([pattern]) => pattern.test(text))
  if (broken !== undefined) return { problem: broken[1] }
  const url = URL.parse(text)
  return url === null || url.port === '0' ? { problem: NOT_VALID } : { origin: url.origin }
}

type OriginScope = SourceScope<OriginInput & { readonly breaker?: BreakerInput }>

export const originChecks: Checks<OriginScope> = [checkBalance, checkFailover, warnOfOnlyOne]

/** From `defaults` it does not apply to sources without origins. */
function checkBalance({ own, written, at, problem, hasBroken }: OriginScope): void {
  if (own.balance === undefined || written.origins || hasBroken('origins')) return
  problem(at('balance'), `needs origins; write for example origins: [${EXAMPLE.join(', ')}], or leave balance out`)
}

function checkFailover({ id, source, written, at, problem, hasBroken }: OriginScope): void {
  if (!written.origins || source.balance !== 'failover' || source.breaker !== null || hasBroken('breaker')) return
  problem(
    at('balance'),
    `failover needs the breaker, which says which origin is broken, and "${id}" has none; leave out breaker: false, or write balance: roundRobin`,
  )
}

function warnOfOnlyOne({ id, source, written, at, warn }: OriginScope): void {
  if (!written.origins || source.balance !== 'failover' || source.origins?.length !== 1) return
  warn(at('balance'), `failover has nowhere else to go: "${id}" has one origin; write another one under origins`)
}
