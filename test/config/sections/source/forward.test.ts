import t from 'tap'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('the header that tells the time left', async (t) => {
  const problem = (name: string, more = '') => problemsOf(oneSource(`deadlineHeader: "${name}"${more}`))
  const here = at('deadlineHeader')
  for (const name of ['', 'a b', 'ü', 'a:'])
    t.same(problem(name), [`${here}is no valid header name; it holds letters, digits and "-"`], name)
  for (const name of ['te', 'content-length', 'proxy-x'])
    t.same(problem(name), [`${here}is set by Tributary; leave it out`], name)
  for (const name of [
    'Host',
    'x-request-id',
    'Traceparent',
    'accept',
    'accept-encoding',
    'user-agent',
    'content-type',
  ]) {
    t.same(problem(name), [`${here}is a header with a meaning of its own; choose another name`], name)
    t.same(
      problem(name, ', propagate: false'),
      [`${here}is a header with a meaning of its own; choose another name`],
      name,
    )
  }
  t.same(problem('x-a', ', headers: { X-A: b }'), [`${here}is also in headers; leave one out`])
  t.same(problem('X-A', ', forwardHeaders: [x-a]'), [`${here}is also in forwardHeaders; leave one out`])
  t.same(problemsOf(oneSource('headers: { x-a: b }', 'deadlineHeader: x-a')), [
    'defaults.deadlineHeader (line 1): is also in headers; leave one out',
  ])
  t.equal(sourceOf('deadlineHeader: X-Timeout').deadlineHeader, 'x-timeout')
})

t.test('forwarded headers', async (t) => {
  t.same(problemsOf(oneSource('forwardHeaders: [authorization, cookie, X-Tenant]')), [])
  t.same(problemsOf(oneSource('forwardHeaders: ["a b"]')), [
    `${at('forwardHeaders')}an item is no valid header name; it holds letters, digits and "-"`,
  ])
  t.same(problemsOf(oneSource('forwardHeaders: [X-A]', 'headers: { x-a: b }')), [
    `${at('forwardHeaders')}"x-a" is also in headers; leave one out`,
  ])
})

t.test('what the client says of its own request is not forwarded', async (t) => {
  const names = ['content-type', 'Content-Range', 'X-Forwarded-Port', 'range', 'if-none-match', 'accept-encoding']
  for (const name of names)
    t.same(problemsOf(oneSource(`forwardHeaders: [${name}]`)), [
      `${at('forwardHeaders')}"${name.toLowerCase()}" is about the client's own request, not about the one to the source; leave it out`,
    ])
})

t.test('what the client says of its own address is not forwarded; the hint names clientAddress', async (t) => {
  for (const name of ['forwarded', 'x-forwarded-for', 'X-Forwarded-Proto', 'x-forwarded-host', 'X-Real-IP'])
    t.same(problemsOf(oneSource(`forwardHeaders: [${name}]`)), [
      `${at('forwardHeaders')}"${name.toLowerCase()}" is what the client claims; write clientAddress: true for X-Forwarded-For, -Proto and -Host as server.trustProxy sees them`,
    ])
})

t.test('the address of the client', async (t) => {
  t.equal(sourceOf('').clientAddress, false)
  t.equal(sourceOf('clientAddress: true').clientAddress, true)
  t.equal(sourceOf('clientAddress: false', {}, 'clientAddress: true').clientAddress, false)
  for (const name of ['X-Forwarded-For', 'x-forwarded-proto', 'x-forwarded-host']) {
    const headers = `headers: { ${name}: a }`
    const problem = `headers.${name} (line 3): is sent because clientAddress is true; leave one out`
    t.same(problemsOf(oneSource(`clientAddress: true, ${headers}`)), [`sources.a.${problem}`])
    t.same(problemsOf(oneSource(headers)), [], 'what an operator writes is sent')
    t.match(problemsOf(oneSource(`deadlineHeader: ${name}`)), [/is a header with a meaning of its own/])
  }
  t.same(problemsOf(oneSource('clientIp: true')), [
    'sources.a.clientIp (line 3): is an unknown key; did you mean "clientAddress"? Write clientAddress: true',
  ])
})

t.test('an address that is part of the key of a cache is warned of', async (t) => {
  const warning = (place: string) =>
    `${place}: is part of the key of cache, so clients at different addresses share no data of "a"; leave one of the two out, unless its data depends on the address`
  const cache = 'cache: { ttl: 1s }'
  t.same(warningsOf(oneSource(`clientAddress: true, ${cache}`)), [warning('sources.a.clientAddress (line 3)')])
  t.same(warningsOf(oneSource(cache, 'clientAddress: true')), [warning('defaults.clientAddress (line 1)')])
  t.same(warningsOf(oneSource('clientAddress: true')), [])
  t.same(warningsOf(oneSource(`clientAddress: false, ${cache}`)), [])
})
