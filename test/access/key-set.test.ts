import type { ServerResponse } from 'node:http'
import t, { type Test } from 'tap'
import { KeySet } from '../../src/access/key-set.ts'
import { KeysUnavailable } from '../../src/access/keys-unavailable.ts'
import type { KeysChanged } from '../../src/core/credentials-changed.ts'
import { heard } from '../support/events.ts'
import { eventually } from '../support/eventually.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { refusedPort } from '../support/upstream/holes.ts'
import { type KeyServer, keys, newPair, type Pair, sends, startKeyServer } from './issuer.ts'

/** Key sets over real sockets, with time that the test moves. */

const MINUTE = 60_000
const WITHIN_MS = 5000

interface Bench {
  readonly clock: FakeClock
  readonly set: KeySet
  readonly told: readonly KeysChanged[]
  /** Whether the set has the key of this pair: 'yes', 'no' or 'none yet'. */
  has(pair: Pair, mayWait?: boolean): Promise<string>
}

function benchFor(t: Test, url: string): Bench {
  const clock = new FakeClock()
  const { events, told } = heard('keys')
  const set = new KeySet(url, { clock, events })
  t.teardown(() => set.close())
  const has = async ({ alg, jwk }: Pair, mayWait = true) => {
    try {
      await set.key(mayWait, { alg, kid: jwk.kid as string }, { payload: '', signature: '' })
      return 'yes'
    } catch (error) {
      return error instanceof KeysUnavailable ? 'none yet' : 'no'
    }
  }
  return { clock, set, told, has }
}

const [ONE, TWO] = await Promise.all([newPair('ES256', 'one'), newPair('ES256', 'two')])
const pair = (of: Pair | undefined) => of as Pair
const one = pair(ONE)
const two = pair(TWO)

t.test('keys are fetched once, and again after ten minutes', async (t) => {
  const server = await startKeyServer(t, keys(one.jwk))
  const { clock, set, has, told } = benchFor(t, server.url)
  set.prefetch()
  set.prefetch()
  t.equal(await has(one), 'yes')
  await Promise.all(Array.from({ length: 50 }, () => has(one)))
  await clock.advance(10 * MINUTE - 1)
  t.equal(server.count, 1)
  server.answer = keys(two.jwk)
  await clock.advance(1)
  await eventually(() => server.count === 2, WITHIN_MS)
  t.equal(await has(two), 'yes')
  t.equal(await has(one), 'no', 'a key that is withdrawn is gone')
  t.strictSame(told, [])
})

t.test('the first token starts the fetch where nothing else did', async (t) => {
  const server = await startKeyServer(t, keys(one.jwk))
  t.equal(await benchFor(t, server.url).has(one), 'yes')
})

t.test('an unknown key fetches the set again, at most every 30 s', async (t) => {
  const server = await startKeyServer(t, keys(one.jwk))
  const { clock, has } = benchFor(t, server.url)
  t.equal(await has(one), 'yes')
  server.answer = keys(one.jwk, two.jwk)
  await clock.advance(29_999)
  t.equal(await has(two), 'no')
  t.equal(server.count, 1)
  await clock.advance(1)
  t.strictSame(await Promise.all(Array.from({ length: 20 }, () => has(two))), Array(20).fill('yes'))
  t.equal(server.count, 2, 'one fetch at a time')
  const other = await newPair('ES256', 'other')
  for (let tries = 0; tries < 20; tries += 1) t.equal(await has(other), 'no')
  t.equal(server.count, 2)
  await clock.advance(30_000)
  t.equal(await has(other, false), 'no', 'without waiting for it')
  await eventually(() => server.count === 3, WITHIN_MS)
})

const BROKEN: readonly (readonly [name: string, answer: (response: ServerResponse) => void, reason: RegExp])[] = [
  ['a server error', sends('{}', 500), /^the status is 500, not 200$/],
  ['a page', sends('<html></html>', 200, { 'content-type': 'text/html' }), /^the body is not JSON$/],
  ['nothing', sends(''), /^the body is not JSON$/],
  ['no content', sends('', 204), /status is 204/],
  ['JSON that is null', sends('null'), /no key set/],
  ['another object', sends('{"key":[]}'), /no key set/],
  ['keys that are no list', sends('{"keys":{}}'), /no key set/],
  ['an empty set', sends('{"keys":[]}'), /no usable public key/],
  ['only secrets', sends('{"keys":[{"kty":"oct","k":"AAAA"}]}'), /no usable public key/],
  ['far too much', sends(`{"keys":[],"x":"${'x'.repeat(300_000)}"}`), /larger than 256 KiB/],
  ['a redirect', sends('', 302, { location: 'http://127.0.0.1:1/' }), /status is 302/],
  ['a cut body', (response) => void response.writeHead(200, { 'content-length': 99 }).end('{'), /^[\w ]+$/],
  ['half an answer', (response) => void response.write('{"keys":', () => response.destroy()), /^[A-Za-z_ ]+$/],
  ['a closed connection', (response) => response.destroy(), /^[A-Z]+$/],
]
for (const [name, answer, reason] of BROKEN) {
  t.test(`an endpoint that answers with ${name} is survived with the last good keys`, async (t) => {
    const server = await startKeyServer(t, answer)
    const { clock, has, told } = benchFor(t, server.url)
    t.equal(await has(one), 'none yet')
    t.match(told, [{ reason, hasKeys: false }])
    server.answer = keys(one.jwk)
    await clock.advance(10_000)
    await eventually(() => told.length === 2, WITHIN_MS)
    t.equal(await has(one), 'yes')
    t.strictSame(told[1], { reason: null, hasKeys: true })
    server.answer = answer
    await clock.advance(10 * MINUTE)
    await eventually(() => told.length === 3, WITHIN_MS)
    t.match(told[2], { reason, hasKeys: true })
    t.equal(await has(one), 'yes', 'the last good keys')
    t.notMatch(JSON.stringify(told), /127\.0\.0\.1|jwks/)
  })
}

t.test('a failure is told of once, and so is its end', async (t) => {
  const server = await startKeyServer(t, sends('', 500))
  const { clock, has, told } = benchFor(t, server.url)
  t.equal(await has(one), 'none yet')
  for (const answer of [sends('', 502), sends('x'), sends('', 500)]) {
    const before = server.count
    server.answer = answer
    await clock.advance(10_000)
    await eventually(() => server.count === before + 1, WITHIN_MS)
    t.equal(await has(one), 'none yet')
  }
  server.answer = keys(one.jwk)
  await clock.advance(10_000)
  await eventually(() => told.length === 2, WITHIN_MS)
  t.match(told, [{ reason: 'the status is 500, not 200' }, { reason: null }])
})

t.test('an endpoint that cannot be reached says when to try again', async (t) => {
  const { clock, set, told } = benchFor(t, (await refusedPort(t)).origin)
  const failed = (await set
    .key(true, { alg: 'ES256' }, { payload: '', signature: '' })
    .catch((error) => error)) as Error
  t.match(failed, { retryAfterMs: 10_000 })
  t.match(told, [{ reason: 'ECONNREFUSED' }])
  await clock.advance(4000)
  t.match(await set.key(true, { alg: 'ES256' }, { payload: '', signature: '' }).catch((error) => error), {
    retryAfterMs: 6000,
  })
})

/** Keeps the connection without an answer, or with only its beginning. */
const HANGING: Readonly<Record<string, (response: ServerResponse) => void>> = {
  'nothing at all': () => {},
  'only headers': (response) => void response.writeHead(200).flushHeaders(),
  'only the beginning': (response) => void response.write('{"keys":['),
}
for (const [name, answer] of Object.entries(HANGING)) {
  t.test(`a request waits 2 s for an endpoint that sends ${name}, and the fetch ends after 5 s`, async (t) => {
    const server = await startKeyServer(t, answer)
    const { clock, has, told } = benchFor(t, server.url)
    let first = ''
    const waiting = has(one).then((found) => {
      first = found
    })
    await eventually(() => server.count === 1, WITHIN_MS)
    await clock.advance(1999)
    t.equal(first, '')
    await clock.advance(1)
    await waiting
    t.equal(first, 'none yet')
    t.strictSame(told, [])
    await clock.advance(3000)
    await eventually(() => told.length === 1, WITHIN_MS)
    t.match(told, [{ reason: 'no answer within 5000 ms' }])
    server.answer = keys(one.jwk)
    await clock.advance(10_000)
    t.equal(await has(one), 'yes')
  })
}

t.test('while a fetch hangs, tokens of known keys do not wait', async (t) => {
  const server = await startKeyServer(t, keys(one.jwk))
  const { clock, has } = benchFor(t, server.url)
  t.equal(await has(one), 'yes')
  server.answer = () => {}
  await clock.advance(10 * MINUTE)
  await eventually(() => server.count === 2, WITHIN_MS)
  t.equal(await has(one), 'yes')
  t.equal(await has(two, false), 'no')
})

t.test('closing ends everything: the fetch, the timers, the connection', async (t) => {
  const server = await startKeyServer(t, () => {})
  const { clock, set, has, told } = benchFor(t, server.url)
  const waiting = has(one)
  await eventually(() => server.count === 1, WITHIN_MS)
  set.close()
  t.equal(await waiting, 'none yet')
  await eventually(() => clock.pending === 0, WITHIN_MS)
  t.equal(await has(one), 'none yet')
  await clock.advance(60 * MINUTE)
  t.equal(server.count, 1)
  t.strictSame(told, [])
})

t.test('keys that are not usable are left out, and the others are used', async (t) => {
  const broken = [null, 1, { kty: 'RSA' }, { kty: 'oct', k: 'AAAA', kid: 'two', alg: 'ES256' }, { ...two.jwk, x: 'AA' }]
  const server: KeyServer = await startKeyServer(t, keys(...broken, one.jwk))
  const { has } = benchFor(t, server.url)
  t.equal(await has(one), 'yes')
  t.equal(await has(two), 'no')
})
