import type { AuthOptions } from '../../../access/options.ts'
import type { Scope } from '../../schema/report.ts'
import type { SourceDraft } from './scope.ts'

/** What stands in place of a source's id in `bind` for the claims of the client's token. */
export const CLAIMS = 'claims'

/** Checks what sources take of the client's credential: values from claims, and forwarded headers. */
export function checkCredentials(scope: Scope, sources: readonly SourceDraft[], auth: AuthOptions | null): void {
  if (scope.isBroken(['server', 'auth'])) return
  for (const source of sources) {
    if (auth === null || auth.jwt === null) checkClaims(scope, source)
    if (auth !== null && auth.apiKeys.length > 0) checkApiKey(scope, source)
  }
}

function checkClaims({ problem }: Scope, { id, claims }: SourceDraft): void {
  for (const { name } of claims)
    problem(
      ['sources', id, 'bind', name, 'from'],
      "claims are those of a client's token, which server.auth.jwt must verify; write server: { auth: { jwt: … } }, or name a source",
    )
}

/** The key lets in here, and is no business of a source. */
function checkApiKey({ problem }: Scope, { id, forwardHeaders }: SourceDraft): void {
  if (forwardHeaders.includes('x-api-key'))
    problem(
      ['sources', id, 'forwardHeaders'],
      '"x-api-key" holds the key of server.auth.apiKeys, which no source may see; leave it out',
    )
}
