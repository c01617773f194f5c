import { existsSync, readFileSync } from 'node:fs'
import type { JWK } from 'jose'
import t, { type Test } from 'tap'
import { Tokens } from '../../src/access/tokens.ts'
import { systemClock } from '../../src/core/deadline.ts'
import { Events } from '../../src/core/events.ts'
import { build } from '../support/build.ts'
import { get } from '../support/get.ts'
import { AUDIENCE, ISSUER, keys, newPair, startKeyServer } from './issuer.ts'

/**
 * The public suites of C2SP/wycheproof for signed tokens. Their payloads are texts like "foo" and no claims, so that no
 * token of theirs lets in: what tells a valid signature from an invalid one is the refusal. That of the claims comes
 * only after the signature was found valid.
 */
const SIGNATURE_IS_VALID = 'The token does not hold a JSON object of claims.'

interface Case {
  readonly tcId: number
  readonly comment: string
  readonly jws: string
  readonly result: 'valid' | 'invalid'
}

interface Group {
  readonly comment: string
  readonly public?: JWK & { readonly keys?: readonly JWK[] }
  readonly private: JWK & { readonly keys?: readonly JWK[] }
  readonly tests: readonly Case[]
}

const fileOf = (name: string) => new URL(`../../../shared/data/${name}-wycheproof.json`, import.meta.url)
const options = { skip: existsSync(fileOf('jws')) ? false : 'it is not here' }
const groupsOf = (name: string): readonly Group[] => JSON.parse(readFileSync(fileOf(name), 'utf8')).testGroups

/** The keys that a client may have signed with. Symmetric ones are no public keys. */
const membersOf = ({ public: published, private: secret }: Group): readonly JWK[] => {
  const given = published ?? secret
  return given.keys ?? [given]
}

/** Valid cases that we refuse: the key says that it is for another algorithm than the token has. */
const OTHER_ALGORITHM = [346, 347, 350, 351]
/** Invalid cases that are, character for character, the valid case 357: their padding is lost in the suite. */
const SAME_AS_VALID = [367, 370]
/** Valid cases that we refuse: they hold a character that is not of base64url, which the suite lets pass. */
const MISSPELT = [372, 373]

async function refusalBy(tokens: Tokens, { jws }: Case): Promise<string> {
  const verdict = await tokens.verify(jws, true)
  return 'refusal' in verdict ? verdict.refusal : 'it is valid'
}

async function judge(t: Test, tokens: Tokens, group: Group): Promise<number> {
  for (const one of group.tests) {
    const accepted = (await refusalBy(tokens, one)) === SIGNATURE_IS_VALID
    const isValid = one.result === 'valid' || SAME_AS_VALID.includes(one.tcId)
    const expected = isValid && ![...OTHER_ALGORITHM, ...MISSPELT].includes(one.tcId)
    if (accepted !== expected) t.fail(`${group.comment} ${one.tcId}: ${one.comment} is ${one.result}`)
  }
  tokens.close()
  return group.tests.length
}

const dependencies = { clock: systemClock, events: new Events() }
const accepted = { issuer: ISSUER, audience: [AUDIENCE] }

for (const [name, total] of [
  ['jws', 361],
  ['jwk', 12],
] as const) {
  t.test(`the suite ${name} is judged as it says, with key sets of public keys`, options, async (t) => {
    let judged = 0
    const spare = await newPair('EdDSA')
    const server = await startKeyServer(t)
    for (const group of groupsOf(name)) {
      const members = membersOf(group)
      if (members.every(({ kty }) => kty === 'oct')) continue
      // a set without a usable key is none
      server.answer = keys(...members, spare.jwk)
      judged += await judge(t, new Tokens({ keys: { jwks: server.url }, ...accepted }, dependencies), group)
    }
    t.equal(judged, total)
  })

  t.test(`no token of the suite ${name} lets in`, options, async (t) => {
    const server = await startKeyServer(t)
    const tokensOf = (group: Group) => group.tests.map(({ jws }) => jws)
    const groups = groupsOf(name)
    const all = groups.flatMap(membersOf)
    server.answer = keys(...all)
    const service = await build(t, {
      server: { auth: { jwt: { jwks: server.url, issuer: ISSUER, audience: AUDIENCE } } },
      sources: { a: { url: 'http://127.0.0.1:9/' } },
    })
    const texts = groups.flatMap(tokensOf)
    for (const jws of texts) {
      if (typeof jws !== 'string' || !/^[\t -~]*$/.test(jws)) continue
      const { status } = await get(`${service.address}/aggregate`, { headers: { authorization: `Bearer ${jws}` } })
      if (status !== 401) t.fail(`${jws}: ${status}`)
    }
    t.equal(texts.length, name === 'jws' ? 401 : 26)
    const logged = JSON.stringify(service.log.lines)
    t.notOk(texts.some((jws) => typeof jws === 'string' && jws.length > 40 && logged.includes(jws)))
  })
}

t.test('the suite jws is judged as it says, with secrets', options, async (t) => {
  let judged = 0
  for (const group of groupsOf('jws')) {
    const [{ kty, k = '' }] = membersOf(group) as [JWK]
    if (kty !== 'oct') continue
    const secret = Buffer.from(k, 'base64url')
    const tokens = new Tokens({ keys: { secret: secret.toString('latin1') }, ...accepted }, dependencies)
    // a configured secret is text, and these are bytes
    if (secret.every((byte) => byte < 128)) judged += await judge(t, tokens, group)
  }
  t.equal(judged, 21)
})
