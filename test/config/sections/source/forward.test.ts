import t from 'tap'
import { oneSource, problemsOf, sourceOf } from '../../support.ts'

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
  const names = [
    'content-type',
    'Content-Range',
    'forwarded',
    'x-forwarded-for',
    'X-Forwarded-Host',
    'x-real-ip',
    'range',
    'if-none-match',
    'accept-encoding',
  ]
  for (const name of names)
    t.same(problemsOf(oneSource(`forwardHeaders: [${name}]`)), [
      `${at('forwardHeaders')}"${name.toLowerCase()}" is about the client's own request, not about the one to the source; leave it out`,
    ])
})
