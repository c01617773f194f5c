import t, { type Test } from 'tap'
import { Authenticator, tokensOf } from '../../src/access/authenticator.ts'
import type { AuthOptions } from '../../src/access/options.ts'
import { systemClock } from '../../src/core/deadline.ts'
import { Events } from '../../src/core/events.ts'
import { Problem } from '../../src/http/problem.ts'
import { AUDIENCE, claimsOf, ISSUER, SECRET, sends, shared, startKeyServer } from './issuer.ts'

const KEY = 'a-key-of-these-tests'
const JWT = { keys: { secret: SECRET }, issuer: ISSUER, audience: [AUDIENCE] }

function authenticatorFor(t: Test, options: Partial<AuthOptions>): Authenticator {
  const dependencies = { clock: systemClock, events: new Events() }
  const { apiKeys = [], jwt = null } = options
  const tokens = jwt === null ? null : tokensOf(jwt, dependencies)
  t.teardown(async () => (await tokens)?.close())
  return new Authenticator({ apiKeys }, tokens)
}

/** The start of the client's key, or the problem: its challenge and detail. */
async function judge(authenticator: Authenticator, ...headers: readonly string[]): Promise<string> {
  const found = await authenticator.identify(headers)
  if (!(found instanceof Problem)) return found.key.replace(/:.*/, '')
  const { challenges = [] } = found.details
  return `${found.status} ${challenges.join(' | ')} ${found.message}`
}

t.test('any one credential lets in; a token comes first, because it has claims', async (t) => {
  const both = authenticatorFor(t, { apiKeys: [KEY], jwt: JWT })
  const good = `Bearer ${await shared()}`
  const old = `Bearer ${await shared(claimsOf({ exp: 1 }))}`
  t.equal(await judge(both, 'X-API-Key', KEY), 'key')
  t.equal(await judge(both, 'Authorization', good), 'token')
  t.equal(await judge(both, 'authorization', good.replace('Bearer', 'bearer')), 'token')
  t.equal(await judge(both, 'X-API-Key', KEY, 'Authorization', good), 'token')
  t.equal(await judge(both, 'X-API-Key', 'wrong', 'Authorization', good), 'token')
  t.equal(await judge(both, 'X-API-Key', KEY, 'Authorization', old), 'key')
  t.equal(await judge(both, 'X-API-Key', KEY, 'Authorization', 'Basic eDp5'), 'key')
  t.equal(await judge(both, 'X-API-Key', KEY, 'Authorization', good, 'Authorization', good), 'key')
})

const CHALLENGES = 'Bearer realm="tributary" | ApiKey realm="tributary", header="X-API-Key"'

t.test('what is wrong is said, for each credential', async (t) => {
  const both = authenticatorFor(t, { apiKeys: [KEY], jwt: JWT })
  const good = `Bearer ${await shared()}`
  const old = `Bearer ${await shared(claimsOf({ exp: 1 }))}`
  t.equal(
    await judge(both, 'Host', 'x'),
    `401 ${CHALLENGES} This needs a credential; send an API key in the header X-API-Key, or a token in the header Authorization, after Bearer and a space.`,
  )
  t.equal(await judge(both, 'X-API-Key', ''), `401 ${CHALLENGES} The API key in X-API-Key is not known.`)
  t.equal(
    await judge(both, 'X-API-Key', KEY, 'x-api-key', KEY),
    `401 ${CHALLENGES} The header X-API-Key was sent more than once.`,
  )
  const expired = 'The token has expired; get a new one.'
  const invalid = CHALLENGES.replace(
    '"tributary"',
    `"tributary", error="invalid_token", error_description="${expired}"`,
  )
  t.equal(await judge(both, 'Authorization', old), `401 ${invalid} ${expired}`)
  t.equal(
    await judge(both, 'Authorization', old, 'X-API-Key', 'x'),
    `401 ${invalid} The API key in X-API-Key is not known. ${expired}`,
  )
  t.equal(
    await judge(both, 'Authorization', good, 'Authorization', good),
    `401 ${CHALLENGES.replace('"tributary"', '"tributary", error="invalid_request"')} The header Authorization was sent more than once.`,
  )
  for (const text of ['Basic eDp5', 'Bearer', 'Bearer a b', good.replace(' ', '\t')])
    t.match(await judge(both, 'Authorization', text), /^401 Bearer realm="tributary" \| .* must hold Bearer, /)
})

t.test('what is not configured is not looked at', async (t) => {
  const keys = authenticatorFor(t, { apiKeys: [KEY] })
  const good = `Bearer ${await shared()}`
  const expected =
    '401 ApiKey realm="tributary", header="X-API-Key" This needs a credential; send an API key in the header X-API-Key.'
  t.equal(await judge(keys, 'Authorization', good), expected)
  const tokens = authenticatorFor(t, { jwt: JWT })
  t.match(await judge(tokens, 'X-API-Key', KEY), /^401 Bearer realm="tributary" This needs a credential; send a token/)
})

t.test('without keys to verify it with, a token is a 503, but an API key lets in', async (t) => {
  const server = await startKeyServer(t, sends('', 500))
  const jwt = { ...JWT, keys: { jwks: server.url } }
  const both = authenticatorFor(t, { apiKeys: [KEY], jwt })
  both.prefetch()
  const token = `Bearer ${await shared(undefined, SECRET, { alg: 'HS256' })}`
  t.match(await judge(both, 'Authorization', token), /^401 .*algorithm/, 'what could never be valid')
  const signed = `Bearer ${Buffer.from('{"alg":"ES256"}').toString('base64url')}.e30.AAAA`
  t.match(await judge(both, 'Authorization', signed), /^503 {2}Tokens cannot be verified/)
  t.match(await judge(both, 'Authorization', signed, 'X-API-Key', 'x'), /^503/)
  t.equal(await judge(both, 'Authorization', signed, 'X-API-Key', KEY), 'key')
  const found = (await both.identify(['authorization', signed])) as Problem
  t.ok((found.details.retryAfterSeconds ?? 0) >= 1 && (found.details.retryAfterSeconds ?? 0) <= 10)
})
