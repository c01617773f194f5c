import { request } from 'node:http'
import t from 'tap'
import { type Built, build } from '../support/build.ts'
import { sendRaw } from '../support/client.ts'
import type { Owner } from '../support/owner.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** The answers to refused requests, and their log lines. */

async function service(t: Owner): Promise<Built> {
  const upstream = await startUpstream(t)
  const params = {
    id: { type: 'integer', minimum: 1 },
    q: { type: 'string', maxLength: 5, pattern: '^[a-z]*$' },
    tags: { type: 'array', items: { enum: ['a', 'b'] }, maxItems: 2 },
    at: { type: 'object', properties: { lat: { type: 'number' } }, additionalProperties: false },
  }
  return build(t, {
    sources: {
      weather: { url: `${upstream.url('/ok/x')}{?id,q,tags,at*}`, params },
      news: { url: upstream.url('/ok') },
    },
    views: { home: { sources: ['news'] } },
  })
}

function post(built: Built, body: string, type = 'application/json', path = '/aggregate') {
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Type: ${type}\r\nContent-Length: ${body.length}`
  return sendRaw(built.port, `${head}\r\n\r\n${body}`)
}

function get(built: Built, target: string, more = '') {
  return sendRaw(built.port, `GET ${target} HTTP/1.1\r\nHost: x\r\n${more}\r\n`)
}

/** The sentences of a problem document: the detail, and the message of each error. */
function sentencesOf(body: string): readonly string[] {
  const { detail, errors = [] } = JSON.parse(body)
  return [detail, ...errors.map(({ message }: { message: string }) => message)]
}

const requests = (params: object) => JSON.stringify({ requests: [{ source: 'weather', params }] })

/** Invalid requests, and the errors in their answers. */
const WRONG: readonly (readonly [string, (built: Built) => ReturnType<typeof get>, string])[] = [
  [
    'an unknown source',
    (s) => get(s, '/aggregate?sources=wether'),
    'There is no source "wether"; known sources: weather, news.',
  ],
  [
    'an empty name of a source',
    (s) => get(s, '/aggregate?sources='),
    '"sources" holds an empty name; known sources: weather, news.',
  ],
  [
    'a parameter of a source that was not asked',
    (s) => get(s, '/aggregate?sources=news&q=a'),
    '"q" is a parameter of weather, which was not asked; leave it out, or add weather to "sources".',
  ],
  ['a value below its bound', (s) => get(s, '/aggregate?id=0'), '"id" must be at least 1 (for weather).'],
  [
    'a value that does not match',
    (s) => get(s, '/aggregate?q=A1'),
    '"q" must match the pattern ^[a-z]*$ (for weather).',
  ],
  [
    'an item that is none',
    (s) => get(s, '/aggregate?tags=a&tags=c'),
    '"tags[1]" must be one of "a", "b" (for weather).',
  ],
  [
    'a scalar given twice',
    (s) => get(s, '/aggregate?q=a&q=b'),
    '"q" takes one value and was given more than once; give it once (for weather).',
  ],
  ['a query that is not UTF-8', (s) => get(s, '/aggregate?q=%ff'), 'The query is not valid percent-encoded UTF-8.'],
  ['a path that is not UTF-8', (s) => get(s, '/aggregate/%ff'), 'The path is not valid percent-encoded UTF-8.'],
  ['an unknown route', (s) => get(s, '/nope?q=1'), 'There is no route /nope.'],
  ['an unknown view', (s) => get(s, '/aggregate/hom'), 'There is no view "hom"; known views: home.'],
  [
    'an Accept that allows nothing',
    (s) => get(s, '/aggregate', 'Accept: text/html\r\n'),
    'The answer is available only as application/json, application/x-ndjson, or text/event-stream; change the Accept header.',
  ],
  ['a body that is cut', (s) => post(s, '{"requests":'), 'The request body is not valid JSON.'],
  ['an empty body', (s) => post(s, ''), 'The request body is empty; send a JSON object.'],
  ['a body of another shape', (s) => post(s, '[]'), 'The request body must be an object.'],
  ['a null', (s) => post(s, 'null'), 'The request body must be an object.'],
  ['an empty object', (s) => post(s, '{}'), 'The request body must have a member "requests".'],
  ['an empty list', (s) => post(s, '{"requests":[]}'), '"requests" must have at least 1 item.'],
  [
    'a member too many',
    (s) => post(s, '{"requests":[{"source":"news","sorce":1}]}'),
    '"requests[0]" has an unknown member "sorce".',
  ],
  [
    'a prototype',
    (s) => post(s, '{"__proto__":{},"requests":[]}'),
    'The request body must not have a member "__proto__", nor a "prototype" in a member "constructor".',
  ],
  [
    'the prototype of a constructor',
    (s) => post(s, '{"constructor":{"prototype":{}}}'),
    'The request body must not have a member "__proto__", nor a "prototype" in a member "constructor".',
  ],
  ['bytes that are no text', (s) => post(s, '"\xff"'), 'The request body is not valid UTF-8.'],
  [
    'another type',
    (s) => post(s, 'a=1', 'application/x-www-form-urlencoded'),
    'The request body must be JSON, sent with the header Content-Type: application/json.',
  ],
  ['a body that is too large', (s) => post(s, ' '.repeat(70_000)), 'The request body may have at most 64 KiB.'],
  [
    'a value within a parameter',
    (s) => post(s, requests({ at: { lat: 'x' } })),
    '"requests[0].params.at.lat" must be a number.',
  ],
  [
    'an unknown parameter of a request',
    (s) => post(s, requests({ tag: 'a' })),
    'There is no parameter "tag"; known parameters: tags, id, q, at.',
  ],
  [
    'a parameter in the query of a batch',
    (s) => post(s, requests({}), 'application/json', '/aggregate?q=a'),
    '"q" cannot stand in the query of a POST; put it into the body.',
  ],
  [
    'a range that a file of the docs does not have',
    (s) => get(s, '/docs/static/swagger-ui.css', 'Range: bytes=99999999-\r\n'),
    'The Range header asks for bytes that the file does not have.',
  ],
  [
    'a version that a file of the docs does not have',
    (s) => get(s, '/docs/static/swagger-ui.css', 'If-Match: "x"\r\n'),
    'The file does not meet the conditions of the request headers (If-Match and its like).',
  ],
  ['a file above the docs', (s) => get(s, '/docs/static/%2e%2e/x'), 'There is no such file.'],
]

t.test('errors are whole sentences in a problem document', async (t) => {
  const built = await service(t)
  for (const [name, ask, sentence] of WRONG) {
    const answer = await ask(built)
    t.match(answer.headers, { 'content-type': /^application\/problem\+json/, 'x-request-id': /./ }, name)
    t.ok(answer.status !== null && answer.status >= 400 && answer.status < 500, `${name}: ${answer.status}`)
    t.equal(sentencesOf(answer.body)[0], sentence, name)
    for (const one of sentencesOf(answer.body)) t.match(one, /^["A-Z].*\.$/s, `${name}: a sentence`)
  }
})

t.test('"request refused" has method, path and the problems', async (t) => {
  const built = await service(t)
  const answer = await built.get('/aggregate?sources=news&nope=1&strict=x')
  t.match(built.log.named('request refused'), [
    {
      level: 30,
      reqId: answer.headers['x-request-id'],
      method: 'GET',
      path: '/aggregate',
      status: 400,
      type: 'invalid-request',
      errors: answer.json.errors,
    },
  ])
  t.equal(answer.json.errors.length, 2)
  await built.get('/nope?q=1', { method: 'DELETE' })
  t.match(built.log.named('request refused')[1], {
    method: 'DELETE',
    path: '/nope',
    status: 404,
    errors: [{ path: '', message: 'There is no route /nope.' }],
  })
})

t.test('at most 20 errors are sent and logged, and long names are cut in the log', async (t) => {
  const built = await service(t)
  const keys = Array.from({ length: 25 }, (_, i) => `${'k'.repeat(200)}${i}=1`)
  const answer = await built.get(`/aggregate?sources=news&${keys.join('&')}`)
  t.equal(answer.json.errors.length, 20)
  t.match(answer.json.detail, / There are 5 more errors\.$/)
  const [line] = built.log.named('request refused')
  t.match(line?.errors, { length: 20 })
  await built.get(`/${'p'.repeat(8000)}`)
  await built.get(`/aggregate?${'k'.repeat(8000)}=1`)
  for (const one of built.log.named('request refused').slice(1)) {
    t.ok(JSON.stringify(one).length < 1500, `${JSON.stringify(one).length} bytes`)
  }
})

t.test('the log line of a refused request contains no value of the client', async (t) => {
  const built = await service(t)
  const secret = 's3cret'
  const headers = [
    `Authorization: Bearer ${secret}`,
    `Cookie: ${secret}`,
    `Prefer: wait=${secret}`,
    `X-Api-Key: ${secret}`,
  ]
  const more = `${headers.join('\r\n')}\r\n`
  const targets = [
    `/aggregate?id=${secret}`,
    `/aggregate?weather.id=${secret}&nope=${secret}`,
    `/aggregate?q=${secret}${secret}`,
    `/aggregate?tags=${secret}`,
    `/aggregate?tags=a&tags=${secret}`,
    `/aggregate?strict=${secret}&deadlineMs=${secret}&explain=${secret}`,
    `/aggregate?q=${secret}&q=${secret}`,
    `/aggregate?q=%ff${secret}`,
    `/nope?q=${secret}`,
    `/aggregate/nope?q=${secret}#${secret}`,
    `http://user:${secret}@host/aggregate?nope=${secret}`,
    `http://user:${secret}@host/nope`,
  ]
  for (const target of targets) t.ok(Number((await get(built, target, more)).status) >= 400, target)
  const bodies = [
    `{"requests": "${secret}`,
    `"${secret}"`,
    requests({ id: secret, q: `${secret}${secret}`, tags: [secret] }),
    requests({ at: { lat: secret } }),
    `{"requests":[{"source":"weather","id":"not an id ${secret}"}]}`,
    `{"__proto__":"${secret}"}`,
  ]
  for (const body of bodies) t.equal((await post(built, body)).status, 400, body)
  t.equal(built.log.named('request refused').length, targets.length + bodies.length)
  t.notMatch(JSON.stringify(built.log.lines), secret)
})

t.test('"aggregate" has method and path, without origin and query', async (t) => {
  const built = await service(t)
  await built.get('/aggregate/home/?strict=true')
  await post(built, '{"requests":[{"source":"news"}]}')
  await get(built, 'http://user:pw@host/aggregate?sources=news')
  await sendRaw(built.port, 'HEAD /aggregate?sources=news HTTP/1.1\r\nHost: x\r\n\r\n')
  t.same(
    built.log.named('aggregate').map(({ method, path }) => [method, path]),
    [
      ['GET', '/aggregate/home/'],
      ['POST', '/aggregate'],
      ['GET', '/aggregate'],
      ['HEAD', '/aggregate'],
    ],
  )
})

t.test('a client that leaves while it sends is not reported as an error', async (t) => {
  const built = await service(t)
  const headers = { 'content-type': 'application/json', 'content-length': '100' }
  const sent = request({ port: built.port, host: '127.0.0.1', method: 'POST', path: '/aggregate', headers })
  sent.on('error', () => {})
  sent.write('{')
  await new Promise((resolve) => setTimeout(resolve, 200))
  sent.destroy()
  const waited = performance.now()
  while (built.log.named('request refused').length === 0 && performance.now() - waited < 5000)
    await new Promise((resolve) => setTimeout(resolve, 10))
  const [line] = built.log.named('request refused')
  t.match(line, { method: 'POST', path: '/aggregate', status: 499, cancelled: true })
  t.notOk(line && 'errors' in line)
})
