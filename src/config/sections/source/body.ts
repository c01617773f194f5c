import Type from 'typebox'
import type { Method } from '../../../core/method.ts'
import { compileBody } from '../../../source/body-template.ts'
import { dependantsOf, withDependants } from './dependencies.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'
import { INEXACT, isInexact } from './values.ts'

export const bodySchema = Type.Unknown({
  description:
    'What is sent with any method but GET: a JSON value, or `forward` for the JSON body of the client, byte for byte. In the strings of the value `{name}` stands for a parameter, a value, or what `bind` or `forEach` provides; `{{name}}` writes `{name}`. A string that is exactly "{name}" becomes the value with its type; within a longer one a list is joined by commas. A member whose only placeholder is an absent optional parameter is left out. Never shown. Default: nothing is sent.',
  examples: [{ city: '{q}', note: 'for {q}', days: 3 }],
  secret: true,
  alsoCalled: 'data payload json',
  hint: 'Write for example body: { city: "{q}" }',
})

interface BodyInput {
  readonly body?: unknown
  readonly method?: Method
}

/** The value of `body` that stands for the body of the client. */
const FORWARD = 'forward'

type Body = Pick<SourceDraft, 'body' | 'forwardsBody' | 'needsBody'>

/**
 * Resolves `body`. `own` is the source's input, `input` has `defaults` merged in: their body is not for a GET.
 * `needsBody` is that of the source alone; `withBodyNeeds` takes its dependencies into account.
 */
export function resolveBody(own: BodyInput, input: BodyInput): Body {
  const isForOthers = !Object.hasOwn(own, 'body') && own.method === 'GET'
  const isWritten = Object.hasOwn(input, 'body') && !isForOthers
  const forwardsBody = isWritten && input.body === FORWARD
  return { body: isWritten && !forwardsBody ? compileBody(input.body) : null, forwardsBody, needsBody: forwardsBody }
}

/** Returns the sources with `needsBody` computed over all their dependencies. */
export function withBodyNeeds<S extends { readonly id: string; readonly source: SourceDraft }>(
  scopes: readonly S[],
): readonly S[] {
  const drafts = scopes.map(({ source }) => source)
  const dependants = dependantsOf(drafts)
  const forwarding = drafts.filter(({ forwardsBody }) => forwardsBody)
  const needing = new Set(forwarding.flatMap(({ id }) => [...withDependants(id, dependants)]))
  return scopes.map((scope) =>
    needing.has(scope.id) ? { ...scope, source: { ...scope.source, needsBody: true } } : scope,
  )
}

export const bodyChecks: Checks<SourceScope<BodyInput>> = [checkBody]

function checkBody({ source, written, problem, at, hasBroken }: SourceScope<BodyInput>): void {
  if ((source.body === null && !source.forwardsBody) || hasBroken('body')) return
  if (source.method === 'GET' && !hasBroken('method'))
    problem(at('body'), `is not sent with GET, the method of "${source.id}"; write method: POST, or leave body out`)
  if (isInexact(written.body)) problem(at('body'), INEXACT)
}
