import t from 'tap'
import { configOf, problemsOf, sourceOf } from '../support.ts'

/** `name` of parameters: what clients call them. */

const file = (name: string, more = '', views = '') => `
sources:
  a: { url: "https://a.example{?x,y,x_2}", params: { x: { name: "${name}", type: integer }, y: {}, x_2: {}${more} } }
  b: { url: "https://b.example{?q}", params: { q: {} }, hidden: true }
${views}`

const problem = (...args: Parameters<typeof file>) =>
  problemsOf(file(...args)).map((text) => text.replace('sources.a.params.x.name (line 3): ', ''))

t.test('a parameter has its own name, and that of clients', async (t) => {
  const names = ['page[size]', '$filter', 'teams.any', 'ids[]', 'user-id', 'größe', '1', '{x}', 'a'.repeat(63), '😀']
  for (const name of names) t.same(problem(name), [], name)
  const { params } = sourceOf('url: "https://a.example{?x,y}", params: { x: { name: "page[size]" }, y: {} }')
  t.match(params, [{ name: 'x', clientName: 'page[size]', schema: {} }, { name: 'y' }])
  t.notOk('name' in (params[0]?.schema ?? {}), 'it is no keyword of JSON Schema')
  t.equal(params[1]?.clientName, undefined)
  t.same(problem('x'), [], 'its own')
})

t.test('what no name can be', async (t) => {
  const rule = 'must be a name of 1 to 63 characters, without spaces'
  for (const name of ['', 'a b', 'a\\tb', 'a\\u0000', 'a\\ud800', '__proto__', 'a'.repeat(64)])
    t.match(problem(name), [new RegExp(rule)], JSON.stringify(name))
  t.match(problemsOf(file('x').replace('"x"', '5')), [/must be a string|name of 1 to 63/])
})

t.test('reserved names are refused', async (t) => {
  for (const name of ['sources', 'deadlineMs', 'strict', 'explain', 'simulate'])
    t.same(problem(name), [`"${name}" is reserved for Tributary's own query keys; choose another name`])
  t.same(
    problemsOf('sources: { a: { url: "https://a.example{?strict}", params: { strict: { name: mode } } } }'),
    ["sources.a.params.strict (line 1): this name is reserved for Tributary's own query keys; choose another name"],
    'the key, too',
  )
})

t.test('two parameters of a source cannot be called alike', async (t) => {
  t.same(problem('y'), ['"y" is what clients call the parameter "y"; choose another name'])
  t.same(
    problemsOf(
      'sources: { a: { url: "https://a.example{?x,y}", params: { x: { name: "p[]" }, y: { name: "p[]" } } } }',
    ),
    ['sources.a.params.y.name (line 1): "p[]" is what clients call the parameter "x"; choose another name'],
  )
  t.same(
    problemsOf('sources: { a: { url: "https://a.example{?x,y}", params: { x: { name: y }, y: { name: x } } } }'),
    [],
    'they may change their names',
  )
  t.same(
    problemsOf(`sources:
  a: { url: "https://a.example{?x}", params: { x: { name: q } } }
  b: { url: "https://a.example{?q}", params: { q: {} } }`),
    [],
    'those of two sources get the same value, as always',
  )
})

t.test('a name that begins like that of one source is refused', async (t) => {
  const alone = (name: string, rest: string, id: string) =>
    `"${name}" is how clients give the parameter "${rest}" to "${id}" alone; choose another name`
  t.same(problem('a.y', ''), [alone('a.y', 'y', 'a')])
  t.same(problem('b.q.r', ''), [alone('b.q.r', 'q.r', 'b')], 'a hidden source, which others may need')
  t.same(problem('home.y', '', 'views: { v: { sources: { home: { source: b } } } }'), [alone('home.y', 'y', 'home')])
  t.same(problem('v.y', '', 'views: { v: { sources: { home: { source: b } } } }'), [], 'the id of a view is none')
  t.same(problem('a[y]'), [])
  t.same(problem('.a.y'), [])
})

t.test("the variables of a view's path are what clients call parameters", async (t) => {
  const view = (path: string) => `views: { v: { path: "${path}", sources: [a] } }`
  t.same(problem('size', '', view('/v1/{size}')), [])
  const wrong = (name: string, path: string) => problem(name, '', view(path)).map((text) => text.replace(/^.*?: /, ''))
  t.same(wrong('size', '/v1/{x}'), [
    'no source of the view takes the parameter "x" from clients, who call it "size"; write {size}',
  ])
  t.same(wrong('page[size]', '/v1/{x}'), [
    'no source of the view takes the parameter "x" from clients, who call it "page[size]", which no path can hold; leave its "name" out',
  ])
})

t.test('views fix parameters by their own names', async (t) => {
  const view = (params: string) => `views: { v: { sources: { a: { params: ${params} } } } }`
  t.same(configOf(file('size', '', view('{ x: 1 }'))).views.get('v')?.entries[0]?.params, { x: 1 })
  t.match(problem('size', '', view('{ size: 1 }')), [/clients call "x" so, and here stands its key/])
})
