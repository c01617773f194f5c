import t from 'tap'
import {
  type ClientHeaders,
  type HeaderOptions,
  type Headers,
  type HeaderWriter,
  headerWriter,
  requestKey,
} from '../../src/source/request.ts'
import { ACCEPT_ENCODING } from '../../src/transport/coding.ts'

const NONE = { headers: {}, forwardHeaders: [], format: 'json', contentType: null, values: {} } as const

function writerOf(options: Partial<HeaderOptions>): HeaderWriter {
  return headerWriter({ ...NONE, ...options })
}

/** The headers as pairs; repeated names stay repeated. */
function write(options: Partial<HeaderOptions>, client: ClientHeaders = {}): readonly string[][] {
  const { all } = writerOf(options)(client, {}) as Headers
  return all.flatMap((name, at) => (at % 2 === 0 ? [[name, all[at + 1] ?? '']] : []))
}

const DEFAULTS = [
  ['accept', 'application/json'],
  ['accept-encoding', ACCEPT_ENCODING],
  ['user-agent', 'tributary'],
]

t.test('no header of the client reaches a source that does not list it', async (t) => {
  const client = { authorization: 'secret', cookie: 'secret', accept: 'text/html', 'x-request-id': 'other' }
  t.same(write({}, client), DEFAULTS)
})

t.test("a source's own headers are added to the defaults, and override them", async (t) => {
  t.same(write({ headers: { accept: 'application/vnd.api+json', 'accept-language': 'en' } }), [
    ['accept', 'application/vnd.api+json'],
    ...DEFAULTS.slice(1),
    ['accept-language', 'en'],
  ])
})

t.test('listed headers are forwarded unchanged, repeated ones as a list', async (t) => {
  const forwardHeaders = ['authorization', 'x-tag', 'x-absent']
  const client = { authorization: 'Bearer x', 'x-tag': ['a', 'b'] }
  t.same(write({ forwardHeaders }, client), [...DEFAULTS, ['authorization', 'Bearer x'], ['x-tag', 'a, b']])
})

t.test('a forwarded header replaces our default, which is used if the client sends none', async (t) => {
  const forwardHeaders = ['user-agent']
  t.same(write({ forwardHeaders }, { 'user-agent': 'curl' }).at(-1), ['user-agent', 'curl'])
  t.same(write({ forwardHeaders }).at(-1), ['user-agent', 'tributary'])
  t.equal(write({ forwardHeaders }).filter(([name]) => name === 'user-agent').length, 1)
})

t.test('a header with the name of an inherited property is an ordinary header', async (t) => {
  t.same(write({ forwardHeaders: ['constructor', '__proto__', 'toString'] }), DEFAULTS)
  t.same(write({ forwardHeaders: ['constructor'] }, { constructor: 'acme' } as never), [
    ...DEFAULTS,
    ['constructor', 'acme'],
  ])
})

t.test('headers from the client are listed separately', async (t) => {
  const writer = writerOf({ headers: { 'x-own': '1' }, forwardHeaders: ['authorization'] })
  t.match(writer({ authorization: 'Bearer x' }, {}), { foreign: ['authorization', 'Bearer x'] })
  t.strictSame((writer({}, {}) as Headers).foreign, [])
})

t.test('two requests have the same key only if they are equal', async (t) => {
  const body = (text: string) => Buffer.from(text)
  const keys = [
    requestKey('GET', '/a', [], null),
    requestKey('POST', '/a', [], null),
    requestKey('GET', '/a?b', [], null),
    requestKey('GET', '/a', ['x', 'y'], null),
    requestKey('GET', '/a', ['x', ''], null),
    requestKey('GET', '/a', ['x', '', 'y', ''], null),
    requestKey('GET', '/a', [], body('x')),
    requestKey('GET', '/a', [], body('')),
    requestKey('GET', '/a', [], body('\n')),
    requestKey('GET', '/a', ['x', 'y'], body('x')),
  ]
  t.equal(new Set(keys).size, keys.length)
  t.equal(requestKey('GET', '/a', ['x', 'y'], body('x')), keys.at(-1))
})

t.test('a placeholder in a header is filled in, and counts as foreign unless it is a configured value', async (t) => {
  const headers = { authorization: 'Bearer {token}', 'x-b': '{key}-{{token}}', 'x-list': '{ids}' }
  const writer = writerOf({ headers, values: { key: 'k' } })
  const { all, foreign } = writer({}, { token: 'abc', key: 'k', ids: [1, 2] }) as Headers
  t.strictSame(foreign, ['authorization', 'Bearer abc', 'x-list', '1,2'])
  t.strictSame(all.slice(6), ['x-b', 'k-{token}', ...foreign])
  for (const token of ['a\r\nx: y', 'a\u0000', 'ä', ['a', 'b\n']])
    t.match(
      writer({}, { token, key: 'k' }),
      { problem: '"token" holds a character that no header can hold; use printable ASCII', variable: 'token' },
      JSON.stringify(token),
    )
  t.match(writer({}, { token: { a: 1 } }), { problem: /"token" holds a map/, variable: 'token' })
})

t.test('a header whose only placeholder is absent is left out, or replaced by our default', async (t) => {
  const headers = { 'x-a': '{a}', 'x-ab': '{a}-{b}', accept: '{a}', 'x-inherited': '{toString}' }
  const writer = writerOf({ headers })
  t.strictSame((writer({}, { b: 'b' }) as Headers).foreign, ['accept', 'application/json', 'x-ab', '-b'])
  t.strictSame((writer({}, { a: '' }) as Headers).foreign, ['accept', '', 'x-a', '', 'x-ab', '-'])
})

t.test('the Accept header depends on the format, and a body has the type JSON', async (t) => {
  t.match(write({ format: 'xml' }).at(0)?.at(1), /xml/)
  t.match(write({ format: 'text' }).at(0)?.at(1), /^text\/plain/)
  t.strictSame(write({ contentType: 'application/json' }).at(-1), ['content-type', 'application/json'])
  t.strictSame(write({ contentType: 'application/json', headers: { 'content-type': 'application/x' } }).at(-1), [
    'content-type',
    'application/x',
  ])
})
