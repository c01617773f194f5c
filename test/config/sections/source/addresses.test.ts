import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('a socket file', async (t) => {
  t.equal(sourceOf('required: true').unixSocket, null)
  t.equal(sourceOf('unixSocket: /run/a.sock').unixSocket, '/run/a.sock')
  t.equal(sourceOf('unixSocket: "${SOCKET}"', { SOCKET: '/run/b.sock' }).unixSocket, '/run/b.sock')
  for (const path of ['a.sock', './a.sock', '""', '"unix:/a"', '"/a\\0b"']) {
    t.same(problemsOf(oneSource(`unixSocket: ${path}`)), [
      `${at('unixSocket')}the value must be an absolute path such as /run/users.sock, or false`,
    ])
  }
  t.same(problemsOf(oneSource('unixSocket: false, denyPrivateAddresses: true', 'unixSocket: /run/a.sock')), [])
  t.same(problemsOf(oneSource(`unixSocket: /${'a'.repeat(106)}`)), [])
  t.same(problemsOf(oneSource(`unixSocket: /${'ü'.repeat(54)}`)), [
    `${at('unixSocket')}is longer than 107 bytes, which no path of a socket may be; write a shorter one`,
  ])
  t.same(problemsOf(oneSource('unixSocket: /run/a.sock, denyPrivateAddresses: true')), [
    `${at('unixSocket')}goes to this machine, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or leave it out`,
  ])
  t.same(warningsOf(oneSource('url: "http://users/", headers: { x-key: a }, unixSocket: /run/a.sock')), [])
})

t.test('a url that names a socket file', async (t) => {
  const said = 'names a socket file; write that as unixSocket: /run/users.sock, and here http://users/ and the path'
  for (const url of [
    'http://unix:/run/a.sock:/path',
    'HTTPS://unix:/run/a.sock',
    'http+unix://%2Frun/a',
    'unix:/run/a.sock',
  ]) {
    t.same(problemsOf(oneSource(`url: "${url}"`)), [`${at('url')}${said}`], url)
  }
  t.same(problemsOf(oneSource('url: "http://unix:8080/run"')), [], 'a host may have this name')
})

t.test('an IPv6 address stands in brackets', async (t) => {
  t.equal(sourceOf('url: "https://[2001:db8::1]:8443/a"').template.origin, 'https://[2001:db8::1]:8443')
  t.equal(problemsOf(oneSource('url: "https://2001:db8::1/a"')).length, 1)
  t.equal(problemsOf(oneSource('url: "https://[fe80::1]/", denyPrivateAddresses: true')).length, 1)
})

t.test('the greatest age of a connection', async (t) => {
  t.equal(sourceOf('required: true').maxConnectionAgeMs, 300_000)
  t.equal(sourceOf('maxConnectionAge: 30s').maxConnectionAgeMs, 30_000)
  t.equal(problemsOf(oneSource('maxConnectionAge: 0')).length, 1)
})
