import Type from 'typebox'
import type { Method } from '../../../core/method.ts'
import { BODIES, BODY_TYPES, type BodyType } from '../../../source/body-types.ts'
import { compilePlaceholders } from '../../../source/template-text.ts'
import { oneOf, optional } from '../../schema/parts.ts'
import { dependantsOf, withDependants } from './dependencies.ts'
import { type HeaderInput, headerPath } from './headers.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'
import { INEXACT, isInexact } from './values.ts'

const bodySchema = Type.Unknown({
  description:
    'What is sent with any method but GET: a JSON value (see `bodyType` for others), or `forward` for the JSON body of the client, byte for byte. In the strings of the value `{name}` stands for a parameter, a value, or what `bind` or `forEach` provides; `{{name}}` writes `{name}`. A string that is exactly "{name}" becomes the value with its type; within a longer one a list is joined by commas. A member whose only placeholder is an absent optional parameter is left out. Never shown. Default: nothing is sent.',
  examples: [{ city: '{q}', note: 'for {q}', days: 3 }],
  secret: true,
  alsoCalled: 'data payload json',
  hint: 'Write for example body: { city: "{q}" }',
})

const DEFAULTS = { bodyType: 'json' } as const

export const bodyKeys = optional({
  body: bodySchema,
  bodyType: oneOf(BODY_TYPES, {
    description:
      'How `body` is written, and its Content-Type: json; form, a map whose values are scalars and lists of them (application/x-www-form-urlencoded); text, a string (text/plain); or xml, a string whose placeholders become escaped text (application/xml). Not with `body: forward`.',
    default: DEFAULTS.bodyType,
    examples: ['form'],
    alsoCalled: 'bodyformat requesttype requestformat contenttype encoding',
    hint: 'Write for example bodyType: form',
  }),
})

interface BodyInput extends HeaderInput {
  readonly body?: unknown
  readonly bodyType?: BodyType
  readonly method?: Method
}

/** The value of `body` that stands for the body of the client. */
const FORWARD = 'forward'

type Body = Pick<SourceDraft, 'body' | 'bodyType' | 'forwardsBody' | 'needsBody'>

/**
 * Resolves `body`. `own` is the source's input, `input` has `defaults` merged in: their body is not for a GET.
 * `needsBody` is that of the source alone; `withBodyNeeds` takes its dependencies into account.
 */
export function resolveBody(own: BodyInput, input: BodyInput): Body {
  const isForOthers = !Object.hasOwn(own, 'body') && own.method === 'GET'
  const isWritten = Object.hasOwn(input, 'body') && !isForOthers
  const forwardsBody = isWritten && input.body === FORWARD
  const { bodyType } = { ...DEFAULTS, ...input }
  // one that will be refused is compiled, too: its variables are used
  const { compile } = BODIES[BODIES[bodyType].problem(input.body) === null ? bodyType : 'json']
  const body = isWritten && !forwardsBody ? compile(input.body) : null
  return { body, bodyType, forwardsBody, needsBody: forwardsBody }
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

type BodyScope = SourceScope<BodyInput, 'values'>

export const bodyChecks: Checks<BodyScope> = [checkBody, checkType, checkValues, checkContentType, warnOfNoBody]

function checkBody({ source, written, problem, at, hasBroken }: BodyScope): void {
  if ((source.body === null && !source.forwardsBody) || hasBroken('body')) return
  if (source.method === 'GET' && !hasBroken('method'))
    problem(at('body'), `is not sent with GET, the method of "${source.id}"; write method: POST, or leave body out`)
  if (isInexact(written.body)) problem(at('body'), INEXACT)
}

function checkType({ source, written, problem, at, hasBroken }: BodyScope): void {
  const { bodyType, body, forwardsBody } = source
  if (hasBroken('body', 'bodyType')) return
  if (forwardsBody && bodyType !== 'json')
    problem(at('bodyType'), 'is not possible with body: forward, which sends the JSON of the client; write json')
  const wrong = body === null ? null : BODIES[bodyType].problem(written.body)
  if (wrong !== null) problem(at('body'), wrong)
}

/** Reports configured values that the body cannot hold: every call would fail. */
function checkValues({ source, written, problem, at, hasBroken }: BodyScope): void {
  const { body, bodyType, values } = source
  if (body === null || hasBroken('body', 'bodyType', 'values') || BODIES[bodyType].problem(written.body)) return
  const given = { ...Object.fromEntries(body.variables.map((name) => [name, 'x'])), ...values }
  const made = body.render({ json: given, text: given })
  if ('problem' in made && made.variable !== null) problem(at('values', made.variable), made.problem)
}

/** What a Content-Type says of the body: the type that writes such bodies; null if it can be any. */
function typeSaid(mediaType: string): BodyType | 'multipart' | null {
  if (mediaType === BODIES.form.mediaType) return 'form'
  if (mediaType.startsWith('multipart/')) return 'multipart'
  if (/^(?:application|text)\/json$|\+json$/.test(mediaType)) return 'json'
  if (/^(?:application|text)\/xml$|\+xml$/.test(mediaType)) return 'xml'
  return mediaType.startsWith('text/') ? 'text' : null
}

/** Many formats are text, such as application/sql, and some of unknown name are JSON. Forms and XML have names. */
const MAY_BE_ANY: readonly BodyType[] = ['json', 'text']

function checkContentType(scope: BodyScope): void {
  const { source, problem, hasBroken } = scope
  const { body, bodyType, forwardsBody, headers } = source
  const written = headers['content-type']
  if (written === undefined || (body === null && !forwardsBody) || hasBroken('body', 'bodyType', 'headers')) return
  if (compilePlaceholders(written).variables.length > 0) return
  const [mediaType = '', ...parameters] = written.split(';').map((part) => part.trim().toLowerCase())
  const said = typeSaid(mediaType)
  const path = headerPath(scope, 'content-type')
  if (said !== bodyType && (said !== null || !MAY_BE_ANY.includes(bodyType)))
    problem(path, `contradicts bodyType, which is ${bodyType}; ${remedy(said, forwardsBody)}`)
  else if (parameters.some((one) => /^charset\s*=/.test(one) && !/^charset\s*=\s*"?utf-?8"?$/.test(one)))
    problem(path, 'names a charset, but bodies are sent in UTF-8; leave the charset out')
}

function remedy(said: BodyType | 'multipart' | null, forwardsBody: boolean): string {
  return said === null || said === 'multipart' || forwardsBody
    ? 'leave it out'
    : `write bodyType: ${said}, or leave it out`
}

function warnOfNoBody({ source, own, warn, at, hasBroken }: BodyScope): void {
  if (own.bodyType === undefined || source.body !== null || source.forwardsBody || hasBroken('body', 'bodyType')) return
  warn(at('bodyType'), `has no effect: "${source.id}" sends no body; write body, or leave it out`)
}
