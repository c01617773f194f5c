import { METHODS, REPEATABLE_WRITES } from '../../../core/method.ts'
import type { InputOf } from '../../schema/input.ts'
import { either, flag, oneOf, optional } from '../../schema/parts.ts'
import { dependantsOf, dependenciesOf, withDependants } from './dependencies.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

const DEFAULTS = { method: 'GET' } as const

export const methodKeys = optional({
  method: oneOf(METHODS, {
    description: `The HTTP method: ${either(METHODS)}.`,
    default: DEFAULTS.method,
    examples: ['POST'],
    alsoCalled: 'verb httpmethod',
    hint: 'Write for example method: POST',
  }),
  safe: flag({
    description:
      'Whether calling the source changes nothing (RFC 9110, section 9.2.1). Only safe sources are part of /aggregate and of views with the method GET. A source that takes data of an unsafe one is unsafe, too. Default: true for GET, false for all others.',
    examples: [true],
  }),
  idempotent: flag({
    description:
      'Whether the same request may be made twice: retried, and hedged (RFC 9110, section 9.2.2). With `idempotency-key` in `forwardHeaders`, a POST or PATCH is repeated only if the client has sent one. Default: true where it is safe, and for PUT and DELETE.',
    examples: [false],
  }),
})

type MethodInput = InputOf<typeof methodKeys>

/** Resolves these keys. `safe` is that of the source alone; `withSafety` takes its dependencies into account. */
export function resolveMethod(input: MethodInput): Pick<SourceDraft, 'method' | 'safe' | 'idempotent'> {
  const { method, safe = method === 'GET' } = { ...DEFAULTS, ...input }
  const { idempotent = safe || REPEATABLE_WRITES.includes(method) } = input
  return { method, safe, idempotent }
}

/**
 * A source is unsafe if it is configured so, or if a source that it needs is unsafe: calling it calls that one, too.
 * Returns the sources with `safe` computed over all their dependencies. `cache`, `hedge` and `redirects` of `defaults`
 * do not apply to an unsafe source.
 */
export function withSafety<S extends { readonly id: string; readonly source: SourceDraft }>(
  scopes: readonly S[],
): readonly S[] {
  const unsafe = unsafeOf(scopes.map(({ source }) => source))
  return scopes.map((scope) => {
    if (!unsafe.has(scope.id)) return scope
    return { ...scope, source: { ...scope.source, safe: false, cache: null, hedge: null, redirects: 0 } }
  })
}

function unsafeOf(sources: readonly SourceDraft[]): ReadonlySet<string> {
  const dependants = dependantsOf(sources)
  const own = sources.filter(({ safe }) => !safe)
  return new Set(own.flatMap(({ id }) => [...withDependants(id, dependants)]))
}

/** Why a source is unsafe, as a clause whose subject is the source. */
export function reasonOf(source: SourceDraft, sources: ReadonlyMap<string, SourceDraft>): string {
  const from = dependenciesOf(source).find(({ from: id }) => sources.get(id)?.safe === false)?.from
  if (from === undefined || source.method !== 'GET') return `"${source.id}" is unsafe: asking it may change something`
  return `"${source.id}" is unsafe, because it takes data of "${from}", which is`
}

/** What to write in the configuration if the source is safe after all. */
export function remedyOf({ method }: SourceDraft): string {
  return method === 'GET'
    ? 'write safe: true for what it takes data from, if asking that changes nothing'
    : 'write safe: true, if asking it changes nothing'
}

/** Keys that an unsafe source must not have. */
const ONLY_IF_SAFE = ['cache', 'hedge', 'redirects'] as const

interface SafetyInput extends MethodInput {
  readonly cache?: object | false
  readonly hedge?: object | false
  readonly redirects?: number
  readonly forEach?: object
}

export const methodChecks: Checks<SourceScope<SafetyInput>> = [checkSafety, checkBatch]

/** Refuses these keys in the source itself; `withSafety` removes those that come from `defaults`. */
function checkSafety({ source, own, problem, at, hasBroken }: SourceScope<SafetyInput>): void {
  if (source.safe || hasBroken('safe', 'method')) return
  for (const key of ONLY_IF_SAFE) {
    if (own[key] === undefined || own[key] === false || own[key] === 0 || hasBroken(key)) continue
    problem(at(key), `is not possible for "${source.id}", because it is unsafe; leave it out, or ${remedyOf(source)}`)
  }
}

/** A call for several items that change something could not be repeated for one of them. */
function checkBatch({ source, id, problem, hasBroken }: SourceScope<SafetyInput>): void {
  if (source.safe || source.forEach === null || source.forEach.batch === null || hasBroken('forEach')) return
  const wrong = `is not possible for "${id}", because it is unsafe; leave it out, or ${remedyOf(source)}`
  problem(['sources', id, 'forEach', 'batch'], wrong)
}

/** Warns of an unsafe source that no request can call. `inViews` are the sources that views name. */
export function warnOfUnasked(
  { source, warn, isBroken }: SourceScope<MethodInput>,
  sources: ReadonlyMap<string, SourceDraft>,
  inViews: ReadonlySet<string>,
): void {
  // a hidden source is only called for other sources, which have their own warning
  if (source.safe || source.hidden || inViews.has(source.id) || isBroken(['views'])) return
  const why = reasonOf(source, sources)
  warn(
    ['sources', source.id],
    `is never asked: ${why}, and only views with another method than GET ask such sources; write one, or ${remedyOf(source)}`,
  )
}
