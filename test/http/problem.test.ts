import t from 'tap'
import { invalidRequest, pathOf, problemDocument, sentence } from '../../src/http/problem.ts'

t.test('the path of a request target has no origin, query or fragment', async (t) => {
  for (const [target, path] of [
    ['/', '/'],
    ['/aggregate?q=1', '/aggregate'],
    ['/aggregate/#x', '/aggregate/'],
    ['//host/aggregate', '//host/aggregate'],
    ['http://user:pw@host:1/aggregate?q=http://b/c', '/aggregate'],
    ['HTTPS://host', '/'],
    ['http://host?q=1', '/'],
    ['http://user:pw@', '/'],
    ['*', '*'],
    ['', ''],
  ] as const) {
    t.equal(pathOf(target), path, target)
  }
})

t.test('a clause becomes a sentence', async (t) => {
  t.equal(sentence('the path is wrong'), 'The path is wrong.')
  t.equal(sentence('"q" is wrong'), '"q" is wrong.')
})

t.test('the detail has the messages of the first errors, and the number of the others', async (t) => {
  const errors = (count: number) => Array.from({ length: count }, (_, i) => ({ path: `p${i}`, message: `E${i}.` }))
  t.equal(invalidRequest(errors(2)).message, 'E0. E1.')
  t.match(invalidRequest(errors(21)), {
    message: /E19\. There is 1 more error\.$/,
    details: { errors: { length: 20 } },
  })
  t.match(invalidRequest(errors(22)).message, /E19\. There are 2 more errors\.$/)
})

t.test('instance is empty if the URL is not known', async (t) => {
  t.match(JSON.parse(String(problemDocument(invalidRequest([]), 'id', ''))), { instance: '' })
})
