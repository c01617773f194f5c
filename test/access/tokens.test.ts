import fc from 'fast-check'
import { type CryptoKey, exportSPKI, importJWK, type JWTPayload } from 'jose'
import t, { type Test } from 'tap'
import type { JwtOptions } from '../../src/access/options.ts'
import { Tokens, type TokenVerdict } from '../../src/access/tokens.ts'
import { systemClock } from '../../src/core/deadline.ts'
import { Events } from '../../src/core/events.ts'
import {
  AUDIENCE,
  claimsOf,
  forged,
  ISSUER,
  keys,
  newPair,
  SECRET,
  shared,
  signedBy,
  startKeyServer,
} from './issuer.ts'

function tokensFor(t: Test, from: JwtOptions['keys'], audience: readonly string[] = [AUDIENCE]): Tokens {
  const tokens = new Tokens({ keys: from, issuer: ISSUER, audience }, { clock: systemClock, events: new Events() })
  t.teardown(() => tokens.close())
  return tokens
}

const refusalIn = (verdict: TokenVerdict) => ('refusal' in verdict ? verdict.refusal : 'it is valid')

t.test('a token that the secret has signed is valid, and its claims are known', async (t) => {
  const tokens = tokensFor(t, { secret: SECRET })
  const claims = claimsOf({ tenant: 't1' })
  const verdict = await tokens.verify(await shared(claims), true)
  t.match(verdict, { client: { key: /^token:[\w-]{22}$/, claims } })
})

const seconds = () => Math.floor(Date.now() / 1000)

/** Claims, and what a client hears of them; null where the token is valid. */
const TIMES: readonly (readonly [name: string, over: () => JWTPayload, refusal: RegExp | null])[] = [
  ['expired within the tolerance', () => ({ exp: seconds() - 50 }), null],
  ['expired', () => ({ exp: seconds() - 70 }), /has expired/],
  ['without an expiry', () => ({ exp: undefined as never }), /no valid expiry/],
  ['with an expiry that is text', () => ({ exp: String(seconds() + 60) as never }), /no valid expiry/],
  ['with an expiry that is null', () => ({ exp: null as never }), /no valid expiry/],
  ['with an expiry that is a list', () => ({ exp: [seconds() + 60] as never }), /no valid expiry/],
  ['with a fraction in its expiry', () => ({ exp: seconds() + 60.5 }), null],
  ['with an expiry far away', () => ({ exp: 1e300 }), null],
  ['with an expiry before 1970', () => ({ exp: -1e300 }), /has expired/],
  ['valid soon, within the tolerance', () => ({ nbf: seconds() + 50 }), null],
  ['not valid yet', () => ({ nbf: seconds() + 70 }), /not valid yet/],
  ['with a start that is text', () => ({ nbf: '1' as never }), /claim of the token is not valid/],
  ['of another issuer', () => ({ iss: `${ISSUER}x` }), /another issuer/],
  ['of an issuer without its slash', () => ({ iss: ISSUER.slice(0, -1) }), /another issuer/],
  ['without an issuer', () => ({ iss: undefined as never }), /another issuer/],
  ['of a list of issuers', () => ({ iss: [ISSUER] as never }), /another issuer/],
  ['for another audience', () => ({ aud: 'other' }), /another audience/],
  ['without an audience', () => ({ aud: undefined as never }), /another audience/],
  ['for an audience that only begins so', () => ({ aud: `${AUDIENCE}s` }), /another audience/],
  ['for several audiences with ours', () => ({ aud: ['other', AUDIENCE] }), null],
  ['for several other audiences', () => ({ aud: ['other', 'more'] }), /another audience/],
  ['for an audience that is an object', () => ({ aud: { [AUDIENCE]: true } as never }), /another audience/],
  ['without a subject', () => ({ sub: undefined as never }), null],
  ['with an empty subject', () => ({ sub: '' }), null],
]
for (const [name, over, refusal] of TIMES) {
  t.test(`a token ${name} is ${refusal === null ? 'valid' : 'refused'}`, async (t) => {
    const verdict = await tokensFor(t, { secret: SECRET }).verify(await shared(claimsOf(over())), true)
    t.match(refusalIn(verdict), refusal ?? 'it is valid')
  })
}

t.test('one of several audiences is enough', async (t) => {
  const tokens = tokensFor(t, { secret: SECRET }, ['web', 'app'])
  t.ok('client' in (await tokens.verify(await shared(claimsOf({ aud: 'web' })), true)))
  t.ok('refusal' in (await tokens.verify(await shared(claimsOf({ aud: 'tv' })), true)))
})

t.test('clients are told apart by issuer and subject, however long they are', async (t) => {
  const tokens = tokensFor(t, { secret: SECRET })
  const keyOf = async (sub: unknown) => {
    const verdict = await tokens.verify(await shared(claimsOf({ sub: sub as string })), true)
    return 'client' in verdict ? verdict.client.key : refusalIn(verdict)
  }
  const subjects = ['a', 'b', '', undefined, 'a","b', 'x'.repeat(5000), 'null', '\n']
  const found = await Promise.all(subjects.map(keyOf))
  t.equal(new Set(found).size, subjects.length)
  t.ok(found.every((key) => /^token:[\w-]{22}$/.test(key)))
  t.not(await keyOf(7), await keyOf(8), 'without a text as subject, each token is a client of its own')
})

t.test('with a secret, only HS256 is accepted', async (t) => {
  const tokens = tokensFor(t, { secret: SECRET })
  const pair = await newPair('RS256')
  const cases: readonly (readonly [token: string, refusal: RegExp])[] = [
    [await shared(claimsOf(), `${SECRET}x`), /signature/],
    [await signedBy(pair), /algorithm/],
    [await shared(claimsOf(), SECRET, { alg: 'HS512' }), /algorithm/],
    [forged({ alg: 'none' }, claimsOf()), /not signed/],
    [forged({ alg: 'NoNe' }, claimsOf()), /not signed/],
    [forged({ alg: 'none' }, claimsOf(), 'AAAA'), /not signed/],
    [forged({ alg: 'HS256' }, claimsOf()), /signature/],
    [forged({}, claimsOf(), 'AAAA'), /not a valid/],
    [forged({ alg: ['HS256'] }, claimsOf(), 'AAAA'), /not a valid/],
    [forged('[]', claimsOf(), 'AAAA'), /not a valid/],
    [forged({ alg: 'HS256', crit: ['x'], x: 1 }, claimsOf(), 'AAAA'), /not a valid/],
    [forged({ alg: 'HS256', crit: ['b64'], b64: false }, claimsOf(), 'AAAA'), /not a valid|signature/],
  ]
  for (const [token, refusal] of cases)
    t.match(refusalIn(await tokens.verify(token, true)), refusal, token.slice(0, 60))
  for (const text of ['', '.', '..', 'a', 'a.b', 'a.b.c.d.e', '=.=.=', `${await shared()}.`, `${await shared()}=`])
    t.not(refusalIn(await tokens.verify(text, true)), 'it is valid', text)
})

t.test('with a key set, each type of key verifies its own algorithms only', async (t) => {
  const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']
  const pairs = await Promise.all(algorithms.map((alg) => newPair(alg, alg)))
  const server = await startKeyServer(t, keys(...pairs.map(({ jwk }) => jwk)))
  const tokens = tokensFor(t, { jwks: server.url })
  for (const pair of pairs) t.ok('client' in (await tokens.verify(await signedBy(pair), true)), pair.alg)
  const [rsa] = pairs as [(typeof pairs)[0]]
  t.match(refusalIn(await tokens.verify(await signedBy({ ...rsa, alg: 'RS384' }).catch(() => ''), true)), /valid/)
  const unnamed = await newPair('RS256')
  t.match(refusalIn(await tokens.verify(await signedBy(unnamed), true)), /signature/, 'another key of the type')
})

t.test('the public key is no secret: HS256 with it is refused', async (t) => {
  const pair = await newPair('RS256', 'k')
  const server = await startKeyServer(t, keys(pair.jwk))
  const tokens = tokensFor(t, { jwks: server.url })
  const pem = await exportSPKI((await importJWK(pair.jwk)) as CryptoKey)
  for (const secret of [pem, pem.trim(), JSON.stringify(pair.jwk), String(pair.jwk.n)]) {
    for (const header of [{ kid: 'k' }, {}, { kid: 'k', jwk: pair.jwk }])
      t.match(refusalIn(await tokens.verify(await shared(claimsOf(), secret, header), true)), /algorithm/)
  }
})

t.test('keys that a token brings along, or points to, are not used', async (t) => {
  const pair = await newPair('ES256', 'k')
  const server = await startKeyServer(t, keys(pair.jwk))
  const evil = await newPair('ES256', 'k')
  const other = await startKeyServer(t, keys(evil.jwk))
  const tokens = tokensFor(t, { jwks: server.url })
  for (const header of [{ jwk: evil.jwk }, { jku: other.url }, { x5u: other.url }, { x5c: ['AAAA'] }])
    t.match(refusalIn(await tokens.verify(await signedBy(evil, claimsOf(), header), true)), /signature/)
  t.equal(other.count, 0)
})

t.test('odd names of keys find nothing', async (t) => {
  const pair = await newPair('ES256', 'k')
  const server = await startKeyServer(t, keys(pair.jwk))
  const tokens = tokensFor(t, { jwks: server.url })
  for (const kid of ['', '__proto__', '../k', "' or 1=1", 'k\0', 'K', ['k'], { k: 1 }, 0, null, true, 'x'.repeat(9000)])
    t.not(refusalIn(await tokens.verify(await signedBy(pair, claimsOf(), { kid }), true)), 'it is valid', String(kid))
  t.equal(server.count, 1)
})

t.test('what a key may be used for is respected', async (t) => {
  const pair = await newPair('ES256', 'k')
  const { use, alg, ...bare } = pair.jwk
  const judge = async (jwk: object) => {
    const server = await startKeyServer(t, keys(jwk, (await newPair('EdDSA')).jwk))
    return refusalIn(await tokensFor(t, { jwks: server.url }).verify(await signedBy(pair), true))
  }
  t.equal(await judge(bare), 'it is valid')
  t.equal(await judge({ ...bare, key_ops: ['verify'] }), 'it is valid')
  const unusable = [{ use: 'enc' }, { key_ops: ['encrypt'] }, { key_ops: [] }, { alg: 'ES384' }, { alg: 'ECDH-ES' }]
  for (const over of unusable) t.match(await judge({ ...bare, ...over }), /does not publish/, JSON.stringify(over))
})

t.test('a token that names no key may be signed with any of the set', async (t) => {
  const pairs = await Promise.all(['one', 'two', 'three'].map((kid) => newPair('ES256', kid)))
  const server = await startKeyServer(t, keys(...pairs.map(({ jwk }) => jwk)))
  const tokens = tokensFor(t, { jwks: server.url })
  const unnamed = (pair: (typeof pairs)[0], claims = claimsOf()) => {
    const { kid, ...jwk } = pair.jwk
    return signedBy({ ...pair, jwk }, claims)
  }
  for (const pair of pairs) t.ok('client' in (await tokens.verify(await unnamed(pair), true)))
  t.match(refusalIn(await tokens.verify(await unnamed(await newPair('ES256')), true)), /signature/)
  t.match(refusalIn(await tokens.verify(await unnamed(pairs[2] as never, claimsOf({ exp: 1 })), true)), /expired/)
})

t.test('whatever a token is, it is refused with a fixed sentence that holds nothing of it', async (t) => {
  const tokens = tokensFor(t, { secret: SECRET })
  const good = await shared()
  const mutated = fc
    .tuple(fc.nat(good.length - 1), fc.constantFrom(...'aZ0-_.=+~'), fc.boolean())
    .map(([at, character, insert]) => good.slice(0, at) + character + good.slice(insert ? at : at + 1))
    .filter((text) => text !== good)
  const said = new Set<string>()
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        mutated,
        fc.string(),
        fc.tuple(fc.json(), fc.json()).map(([a, b]) => forged(a, b)),
      ),
      async (text) => {
        const verdict = await tokens.verify(text, true)
        // the last character of a signature holds bits that base64url ignores
        if ('client' in verdict) return text.slice(0, -1) === good.slice(0, -1)
        said.add(verdict.refusal)
        return /^The [\w ,;()]+\.$|^A claim/.test(verdict.refusal)
      },
    ),
    { numRuns: 500 },
  )
  t.ok(said.size <= 12, [...said].join('\n'))
})
