import { generateKeyPairSync } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { isStrongPublicKey } from '../../src/access/weak-key.ts'
import { newPair } from './issuer.ts'

t.test('public keys of all types that sign are strong enough', async (t) => {
  for (const alg of ['RS256', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'])
    t.equal(isStrongPublicKey((await newPair(alg)).jwk), true, alg)
})

t.test('what is no public key is left out', async (t) => {
  const { jwk } = await newPair('ES256')
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  t.equal(isStrongPublicKey({ ...pair.publicKey.export({ format: 'jwk' }) }), true)
  t.equal(isStrongPublicKey({ ...pair.privateKey.export({ format: 'jwk' }) }), false, 'a published private key')
  const { x, ...partial } = jwk
  for (const member of [
    ...[null, 1, 'x', [], {}, { kty: 'oct', k: 'c2VjcmV0' }, { kty: 'RSA' }, { kty: 'toString' }],
    ...[partial, { ...partial, x: 1 }, { ...jwk, y: x }, { ...jwk, crv: 'P-384' }, { ...jwk, kty: ['EC'] }],
  ])
    t.equal(isStrongPublicKey(member), false, JSON.stringify(member))
})

t.test('weak RSA keys are left out', async (t) => {
  const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
  t.equal(isStrongPublicKey(publicKey.export({ format: 'jwk' })), false)
  const { jwk } = await newPair('RS256')
  for (const e of ['AQ', 'Ag', 'AQAA', '']) t.equal(isStrongPublicKey({ ...jwk, e }), false, `the exponent ${e}`)
})

const SUITE = new URL('../../../shared/data/jwk-wycheproof.json', import.meta.url)

t.test(
  'so is one that the library of Infineon made',
  { skip: existsSync(SUITE) ? false : 'it is not here' },
  async (t) => {
    const { testGroups } = JSON.parse(readFileSync(SUITE, 'utf8'))
    const { public: jwk } = testGroups.find(({ comment }: { comment: string }) => comment === 'jws_rsa_roca_key')
    t.equal(isStrongPublicKey(jwk.keys?.[0] ?? jwk), false)
  },
)
