import Type from 'typebox'
import { type BodyTemplate, compileBody } from '../../../source/body-template.ts'
import type { Checks, SourceScope } from './scope.ts'
import { INEXACT, isInexact } from './values.ts'

export const bodySchema = Type.Unknown({
  description:
    'What a POST sends: any JSON value. In its strings `{name}` stands for a parameter, a value, or what `bind` or `forEach` provides; `{{name}}` writes `{name}`. A string that is exactly "{name}" becomes the value with its type; within a longer one a list is joined by commas. A member whose only placeholder is an absent optional parameter is left out. Never shown. Default: nothing is sent.',
  examples: [{ city: '{q}', note: 'for {q}', days: 3 }],
  secret: true,
  alsoCalled: 'data payload json',
  hint: 'Write for example body: { city: "{q}" }',
})

interface BodyInput {
  readonly body?: unknown
  readonly method?: 'GET' | 'POST'
}

/** Resolves `body`. `own` is the source's input, `input` has `defaults` merged in: their body is not for a GET. */
export function resolveBody(own: BodyInput, input: BodyInput): BodyTemplate | null {
  if (!Object.hasOwn(own, 'body') && own.method === 'GET') return null
  return Object.hasOwn(input, 'body') ? compileBody(input.body) : null
}

export const bodyChecks: Checks<SourceScope<BodyInput>> = [checkBody]

function checkBody({ source, written, problem, at, hasBroken }: SourceScope<BodyInput>): void {
  if (source.body === null || hasBroken('body')) return
  if (source.method === 'GET' && !hasBroken('method'))
    problem(at('body'), `is sent by POST only, and "${source.id}" is a GET; write method: POST, or leave body out`)
  if (written.body === 'forward')
    problem(
      at('body'),
      'forwarding the body of the client is not supported yet; write a JSON template, such as { city: "{q}" }',
    )
  if (isInexact(written.body)) problem(at('body'), INEXACT)
}
