import t from 'tap'
import type { Exchanged } from '../../src/transport/exchange.ts'
import { NO_HEAD } from '../../src/transport/head.ts'
import { type Message, redirected } from '../../src/transport/redirect.ts'

const ORIGIN = 'https://api.example'
const OPTIONS = { origin: ORIGIN, redirects: 1, emptyStatuses: [] as number[] }
const GET: Message = { method: 'GET', path: '/v1/a?b=1', headers: ['x-api-key', 'secret'], body: null }

function answer(status: number, location: string | undefined): Exchanged {
  return { kind: 'status', status, head: { ...NO_HEAD, location }, start: Buffer.alloc(0), body: null }
}

t.test('a Location becomes a path on the same origin, or is not followed', async (t) => {
  const table: [string, string | null][] = [
    ['/v2/a', '/v2/a'],
    ['/v2/a?b=2#part', '/v2/a?b=2'],
    ['c', '/v1/c'],
    ['../c', '/c'],
    ['../../../../c', '/c'],
    ['?b=3', '/v1/a?b=3'],
    ['#only', '/v1/a?b=1'],
    ['', '/v1/a?b=1'],
    ['https://api.example/x', '/x'],
    ['https://api.example:443/x', '/x'],
    ['HTTPS://API.EXAMPLE/x', '/x'],
    ['https://user:password@api.example/x', '/x'],
    ['//api.example/x', '/x'],
    ['/a b\té', '/a%20b%C3%A9'],
    [Buffer.from('/t?q=é').toString('latin1'), '/t?q=%C3%A9'],
    ['/a%0d%0aset-cookie', '/a%0d%0aset-cookie'],
    ['/a\\..\\b', '/b'],
    ['http://api.example/x', null],
    ['https://api.example:8443/x', null],
    ['https://api.example.evil/x', null],
    ['https://api.example@evil.example/x', null],
    ['//evil.example/x', null],
    ['\\\\evil.example/x', null],
    ['/\t/evil.example/x', null],
    ['javascript:alert(1)', null],
    ['data:,x', null],
    ['file:///etc/passwd', null],
    ['https://', null],
    ['http://[::1', null],
  ]
  for (const [location, path] of table) {
    t.strictSame(redirected(GET, answer(302, location), OPTIONS), path === null ? null : { ...GET, path }, location)
  }
  t.equal(redirected(GET, answer(302, undefined), OPTIONS), null, 'no Location')
})

t.test('which statuses are followed', async (t) => {
  for (const status of [300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 404]) {
    const followed = [301, 302, 303, 307, 308].includes(status)
    t.equal(redirected(GET, answer(status, '/x'), OPTIONS) !== null, followed, String(status))
  }
  const empty = { ...OPTIONS, emptyStatuses: [302] }
  t.equal(redirected(GET, answer(302, '/x'), empty), null, 'one that means "empty" is an answer')
  t.ok(redirected(GET, answer(301, '/x'), empty))
  t.equal(redirected(GET, { kind: 'body', status: 200, body: Buffer.alloc(0), head: NO_HEAD }, OPTIONS), null)
})

t.test('a POST stays a POST after 307 and 308, and becomes a GET after the others', async (t) => {
  const headers = ['Content-Type', 'a/b', 'x-api-key', 'secret', 'content-length', '2', 'accept', 'content-type']
  const post: Message = {
    method: 'POST',
    path: '/',
    headers: headers.map((name) => name.toLowerCase()),
    body: Buffer.from('{}'),
  }
  for (const status of [307, 308])
    t.strictSame(redirected(post, answer(status, '/x'), OPTIONS), { ...post, path: '/x' })
  const get = { method: 'GET', path: '/x', headers: ['x-api-key', 'secret', 'accept', 'content-type'], body: null }
  for (const status of [301, 302, 303]) t.strictSame(redirected(post, answer(status, '/x'), OPTIONS), get)
})
