import t from 'tap'
import { configOf, problemsOf } from '../support.ts'

const SOURCES = `sources:
  a: { url: "https://a.example/{?q,n}", params: { q: {}, n: {} } }
  b: { url: "https://b.example/{x}{?m}", params: { m: {} }, bind: { x: { from: c } } }
  c: { url: "https://c.example/{?deep}", params: { deep: {} }, hidden: true }
`
const ofPath = (path: string, sources = '[a, b]') =>
  problemsOf(`${SOURCES}views: { v: { path: ${JSON.stringify(path)}, sources: ${sources} } }`)

t.test('paths that are served', async (t) => {
  for (const path of [
    '/v1/home',
    '/{q}',
    '/a/{q}/b/{m}',
    '/x/{deep}',
    '/a.b~c!d$e&f(g)+h,i;j=k@l:m',
    '/Aggregate',
    '/v1/x/',
  ])
    t.same(ofPath(path), [], path)
  const config = configOf(`${SOURCES}views: { v: { path: "/v1/{q}/", sources: [a] } }`)
  t.same(config.views.get('v')?.path, { text: '/v1/{q}', segments: [{ literal: 'v1' }, { variable: 'q' }] })
})

t.test('paths that are refused, each with what would be right', async (t) => {
  for (const [path, message] of [
    ['v1/home', 'must begin with a slash, as in /v1/home'],
    ['/', 'is a path of the service itself; begin it with a segment of your own, as in /v1/home'],
    ['//x', 'is a path of the service itself; begin it with a segment of your own, as in /v1/home'],
    [
      '/docs/x',
      '/docs, and what is below it, are paths of the service itself; choose another first segment, as in /v1/home',
    ],
    ['/a//b', 'has an empty segment; write one slash between segments'],
    ['/a/../b', 'has the segment "..", which clients remove before they ask; leave it out'],
    ['/a/{q}x', 'has the segment "{q}x"; a variable is a whole segment, as in /users/{id}/orders'],
    ['/a/{q', 'has the segment "{q"; a variable is a whole segment, as in /users/{id}/orders'],
    ['/a/{q}/{q}', 'has the variable {q} twice; name each once'],
    ['/a/b%20c', 'has the segment "b%20c"; write characters as they are, without percent-encoding'],
    [
      '/a/*',
      'has the segment "*"; only letters, digits and -._~!$&\'()+,;=@: may stand there, and variables as {name}',
    ],
    ['/a/{z}', 'no source of the view takes the parameter "z" from clients'],
    ['/a/{x}', 'no source of the view takes the parameter "x" from clients'],
  ] as const) {
    const [problem, ...others] = ofPath(path)
    t.ok(problem?.startsWith(`views.v.path (line 5): ${message}`), `${path}: ${problem}`)
    t.same(others, [])
  }
  for (const own of ['aggregate', 'sources', 'health', 'metrics', 'docs']) t.equal(ofPath(`/${own}`).length, 1, own)
  t.match(ofPath('/a/{a-b}'), [/has the variable \{a-b\}, and a name must be a name/])
  t.match(ofPath('/a/{q}', '{ a: { params: { q: x } } }'), [/no source of the view takes the parameter "q"/], 'fixed')
})

t.test('paths that collide', async (t) => {
  const of = (one: string, other: string) =>
    problemsOf(`${SOURCES}views:\n  v: { sources: [a], ${one} }\n  w: { sources: [a], ${other} }\n`)
  t.same(of('path: "/x/{q}"', 'path: "/x/{q}"'), [
    'views.w.path (line 7): "v" is served there, too, for GET; change one path or one method',
  ])
  t.same(of('path: "/x/{q}"', 'path: "/x/{n}"').length, 1)
  t.same(of('path: "/x/{q}"', 'path: "/x/{n}", method: POST'), [
    'views.w.path (line 7): "v" names the variables of this path differently (/x/{q}); use the same names',
  ])
  t.same(of('path: "/x/{q}"', 'path: "/x/{q}", method: POST'), [])
  t.same(of('path: "/x/{q}"', 'path: "/x/q"'), [])
  t.same(of('path: "/x/q/"', 'path: "/x/q"').length, 1)
})
