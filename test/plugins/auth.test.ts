import { connect } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import t, { type Test } from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { Runtime } from '../../src/runtime.ts'
import {
  AUDIENCE,
  claimsOf,
  forged,
  ISSUER,
  keys,
  newPair,
  SECRET,
  sends,
  shared,
  signedBy,
  startKeyServer,
} from '../access/issuer.ts'
import { type Built, build, memoryLog } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { get } from '../support/get.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** Who gets in, at the running service. */

const KEY = 'a-key-of-these-tests'
const JWT = { secret: SECRET, issuer: ISSUER, audience: AUDIENCE }

async function serviceFor(t: Test, auth: object, more: object = {}): Promise<Built> {
  const upstream = await startUpstream(t)
  return build(t, {
    server: { auth },
    sources: { a: { url: upstream.url('/ok') } },
    views: { home: { sources: ['a'] } },
    ...more,
  })
}

t.test('a key or a token lets in, everywhere', async (t) => {
  const service = await serviceFor(t, { apiKeys: [KEY, `${KEY}-2`], jwt: JWT })
  const credentials = [
    { 'x-api-key': KEY },
    { 'x-api-key': `${KEY}-2` },
    { authorization: `Bearer ${await shared()}` },
    { authorization: `bearer ${await shared()}`, 'x-api-key': 'wrong' },
  ]
  for (const headers of credentials) {
    for (const path of ['/aggregate', '/aggregate/home', '/sources']) {
      const answer = await service.get(path, { headers })
      t.equal(answer.status, 200, path)
      t.equal(answer.headers['cache-control'], 'no-cache, private')
      t.match(answer.headers.vary, /authorization, x-api-key/)
    }
    t.equal((await service.get('/nope', { headers })).status, 404)
    t.equal((await service.get('/aggregate', { headers, method: 'DELETE' })).status, 405)
    t.equal((await service.get('/aggregate', { headers: { ...headers, accept: 'text/html' } })).status, 406)
    const body = JSON.stringify({ requests: [{ source: 'a' }] })
    const json = { ...headers, 'content-type': 'application/json' }
    t.equal((await service.get('/aggregate', { headers: json, method: 'POST', body })).status, 200)
  }
})

t.test('without a credential, every path and method is a 401: nobody learns what there is', async (t) => {
  const service = await serviceFor(t, { apiKeys: [KEY] })
  const bodies = new Set<string>()
  for (const path of [
    '/aggregate',
    '/aggregate/home',
    '/aggregate/nope',
    '/sources',
    '/nope',
    '/docs/nope',
    '/docs%2f',
    '//docs',
  ]) {
    for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PROPFIND']) {
      const { status, headers, json } = await get(service.address + path, { method, headers: { accept: 'text/html' } })
      t.equal(status, 401, `${method} ${path}`)
      t.equal(headers['www-authenticate'], 'ApiKey realm="tributary", header="X-API-Key"')
      t.equal(headers.allow, undefined)
      if (method === 'HEAD') continue
      const { instance, requestId, ...rest } = json
      t.equal(instance, path)
      bodies.add(JSON.stringify(rest))
    }
  }
  t.equal(bodies.size, 1)
  t.equal((await get(`${service.address}/aggregate`, { method: 'POST', body: 'x'.repeat(100_000) })).status, 401)
})

t.test('the documentation and health are open, with all their methods', async (t) => {
  const service = await serviceFor(t, { jwt: JWT })
  const open = ['/', '/docs', '/docs/', '/docs/json', '/docs/yaml', '/docs/problems', '/health/live', '/health/ready']
  for (const path of [...open, '/docs/static/swagger-ui.css', '/docs/static/theme/docs.css']) {
    t.ok((await service.get(path)).status < 400, path)
    t.ok((await service.get(path, { method: 'HEAD' })).status < 400, `HEAD ${path}`)
    t.equal((await get(service.address + path, { method: 'OPTIONS' })).status, 204, `OPTIONS ${path}`)
    t.equal((await get(service.address + path, { method: 'POST' })).status, 405, `POST ${path}`)
    t.equal((await service.get(path)).headers['cache-control'] === 'no-cache, private', false)
  }
  const wrong = { headers: { authorization: 'Bearer x' } }
  t.equal((await service.get('/health/live', wrong)).status, 200, 'nor does a wrong one matter')
})

t.test('what is no HTTP is refused before a credential is looked at', async (t) => {
  const service = await serviceFor(t, { apiKeys: [KEY] })
  t.equal((await get(`${service.address}/${'x'.repeat(9000)}`)).status, 414)
  const socket = connect(service.port, '127.0.0.1')
  socket.end('GET /aggregate HTTP/1.1\r\nHost: a b\r\n\r\n')
  let text = ''
  for await (const chunk of socket) text += chunk
  t.match(text, /^HTTP\/1.1 400/)
})

t.test('credentials that are wrong are a 401 each, that holds nothing of them', async (t) => {
  const pair = await newPair('RS256', 'k')
  const service = await serviceFor(t, { apiKeys: [KEY], jwt: JWT })
  const wrong: Readonly<Record<string, string>>[] = [
    { 'x-api-key': `${KEY}zz` },
    { 'x-api-key': KEY.toUpperCase() },
    { 'x-api-key': `${KEY}, ${KEY}` },
    { 'x-api-key': '' },
    { authorization: `Bearer ${forged({ alg: 'none' }, claimsOf())}` },
    { authorization: `Bearer ${await shared(claimsOf({ exp: 1 }))}` },
    { authorization: `Bearer ${await shared(claimsOf({ iss: 'zz' }))}` },
    { authorization: `Bearer ${await shared(claimsOf({ aud: 'zz' }))}` },
    { authorization: `Bearer ${await shared(claimsOf(), 'another secret of 32 bytes, or more')}` },
    { authorization: `Bearer ${await signedBy(pair)}` },
    { authorization: `Bearer ${'x'.repeat(12_000)}` },
    { authorization: 'Basic eno6eno=' },
    { authorization: await shared() },
    { authorization: `Bearer ${await shared()}, Bearer ${await shared()}` },
    { 'proxy-authorization': `Bearer ${await shared()}` },
    { cookie: `authorization=Bearer ${await shared()}; x-api-key=${KEY}` },
  ]
  for (const headers of wrong) {
    const { status, json, headers: answered, body } = await service.get('/aggregate', { headers })
    const [given = ''] = Object.values(headers)
    t.equal(status, 401, given.slice(0, 30))
    t.equal(json.type, 'urn:tributary:problem:unauthorized')
    const shown = `${body}${JSON.stringify(answered)}${JSON.stringify(service.log.lines)}`
    const parts = given.split(/[ .,]/).filter((part) => part.length > 9)
    t.notOk(
      [...parts, KEY, SECRET, ISSUER].some((part) => shown.includes(part)),
      'nothing is shown',
    )
  }
  t.equal((await service.get(`/aggregate?access_token=${await shared()}&api_key=${KEY}`)).status, 401)
})

t.test('whatever a client sends as a credential, the service stays and says nothing of it', async (t) => {
  const service = await serviceFor(t, { apiKeys: [KEY], jwt: JWT })
  const text = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    minLength: 1,
  })
  const marked = text.map((part) => `qz${part.trim()}qz`)
  const headers = fc.oneof(
    fc.record({ 'x-api-key': marked }),
    fc.record({
      authorization: fc.oneof(
        marked,
        marked.map((part) => `Bearer ${part}`),
      ),
    }),
    fc.record({ 'x-api-key': marked, authorization: marked.map((part) => `Bearer ${forged(part, part, part)}`) }),
  )
  await fc.assert(
    fc.asyncProperty(headers, async (given) => {
      const {
        status,
        body,
        headers: answered,
      } = await service.get('/aggregate', { headers: given as Record<string, string> })
      return status === 401 && !`${body}${JSON.stringify(answered)}`.includes('qz')
    }),
    { numRuns: 100 },
  )
  t.notMatch(JSON.stringify(service.log.lines), 'qz')
  t.equal((await service.get('/aggregate', { headers: { 'x-api-key': KEY } })).status, 200)
})

t.test('several Authorization headers are refused, whichever is valid', async (t) => {
  const service = await serviceFor(t, { jwt: JWT })
  const good = `Authorization: Bearer ${await shared()}\r\n`
  const bad = 'Authorization: Bearer x\r\n'
  for (const lines of [good + bad, bad + good, good + good]) {
    const socket = connect(service.port, '127.0.0.1')
    socket.end(`GET /sources HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${lines}\r\n`)
    let text = ''
    for await (const chunk of socket) text += chunk
    t.match(text, /^HTTP\/1.1 401 /)
    t.match(text, /error="invalid_request"/)
  }
})

t.test('the key set is fetched at the start, which it does not delay, and its failure is logged', async (t) => {
  const pair = await newPair('EdDSA', 'k')
  const server = await startKeyServer(t, sends('', 500))
  const service = await serviceFor(t, { jwt: { jwks: server.url, issuer: ISSUER, audience: AUDIENCE } })
  await eventually(() => service.log.named('keys').length === 1, 5000)
  t.match(service.log.named('keys'), [
    { level: 40, state: 'failed', reason: 'the status is 500, not 200', hasKeys: false },
  ])
  t.equal(service.log.named('listening').length, 1)
  const headers = { authorization: `Bearer ${await signedBy(pair)}` }
  for (const path of ['/aggregate', '/sources']) {
    const answer = await service.get(path, { headers })
    t.equal(answer.status, 503)
    t.equal(answer.json.type, 'urn:tributary:problem:keys-unavailable')
    t.ok(Number(answer.headers['retry-after']) >= 1)
  }
  t.equal((await service.get('/aggregate')).status, 401, 'without a token nothing else helps')
  t.equal((await service.get('/health/ready')).status, 200)
  t.notMatch(JSON.stringify(service.log.lines), server.url)
})

t.test('a key set that loads lets its tokens in', async (t) => {
  const pair = await newPair('ES384', 'k')
  const server = await startKeyServer(t, keys(pair.jwk))
  const service = await serviceFor(t, { jwt: { jwks: server.url, issuer: ISSUER, audience: AUDIENCE } })
  t.equal(
    (await service.get('/aggregate', { headers: { authorization: `Bearer ${await signedBy(pair)}` } })).status,
    200,
  )
  t.strictSame(service.log.named('keys'), [])
  t.equal(server.count, 1)
})

t.test('a reload keeps the keys that were fetched, unless the tokens of auth change', async (t) => {
  const server = await startKeyServer(t, keys((await newPair('ES256')).jwk))
  const configOf = (audience: string, apiKeys?: readonly string[]) => {
    const auth = { jwt: { jwks: server.url, issuer: ISSUER, audience }, ...(apiKeys ? { apiKeys } : {}) }
    const text = JSON.stringify({ server: { auth }, sources: { a: { url: 'http://127.0.0.1:9/' } } })
    return parseConfig(text, {}).config as NonNullable<ReturnType<typeof parseConfig>['config']>
  }
  const fetched = async (runtime: Runtime): Promise<number> => {
    runtime.authenticator?.prefetch()
    await pause(150)
    return server.count
  }
  const first = Runtime.start(configOf('app'), { log: memoryLog() })
  first.authenticator?.prefetch()
  await eventually(() => server.count === 1, 5000)
  const same = Runtime.from(configOf('app'), first)
  t.equal(await fetched(same), 1)
  const rotated = Runtime.from(configOf('app', ['a-new-key-0123456789']), same)
  t.equal(await fetched(rotated), 1, 'another API key changes nothing about tokens')
  const other = Runtime.from(configOf('web'), rotated)
  t.equal(await fetched(other), 2)
  const open = Runtime.from({ ...configOf('app'), server: { ...configOf('app').server, auth: null } }, first)
  t.equal(open.authenticator, null)
  const again = Runtime.from(configOf('app'), open)
  t.equal(await fetched(again), 3)
  for (const runtime of [first, same, rotated, other, open, again]) runtime.release()
})
