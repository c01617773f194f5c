import { INEXACT, isInexact } from './check-params.ts'
import type { SourceScope } from './scope.ts'

/** What a schema can't say of a body. */
export function checkBody({ source, written, problem, at, hasBroken }: SourceScope): void {
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
