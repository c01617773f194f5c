import t from 'tap'
import { rebase } from '../../src/openapi/rebase.ts'
import { documentFor, type Json, UNLIKE_THE_DEMO } from './service.ts'

/** What the document makes of a configuration. */

const names = (parameters: readonly { name?: string }[]) => parameters.flatMap(({ name }) => name ?? [])

t.test('nothing of what is secret', async (t) => {
  const document = await documentFor(
    {
      sources: {
        a: {
          url: 'https://s3cret.example/p4th{?key,q}',
          params: { q: { type: 'string' } },
          values: { key: '${KEY}' },
          headers: { 'x-s3cret': 's3cret' },
          forwardHeaders: ['x-forw4rd'],
          fallback: { s3cret: 1 },
        },
      },
    },
    { KEY: 's3cret' },
  )
  t.notMatch(JSON.stringify(document), /s3cret|p4th|forw4rd|"key"/)
})

t.test('without views there is no word of them; what is hidden or off is not there', async (t) => {
  const document = await documentFor(UNLIKE_THE_DEMO['hidden sources, and everything switched off'] ?? {})
  const text = JSON.stringify(document)
  t.same(
    document.tags.map(({ name }: { name: string }) => name),
    ['aggregate', 'operations'],
  )
  t.notMatch(text, /unseen|Unseen|Server-Timing|ServerTiming|parameters\/Explain|"explain"/)
  t.same(Object.keys(document.paths), ['/aggregate', '/health/live', '/health/ready', '/metrics', '/sources'])
  const { parameters, responses } = document.paths['/aggregate'].get
  t.match(parameters[0], { name: 'q', in: 'query', schema: { type: 'string' }, required: true })
  t.same(Object.keys(responses[200].content['application/json'].examples), ['complete'], 'one source is never partial')
})

t.test('a parameter that several sources take: once for all, and once for each', async (t) => {
  const source = (q: object) => ({ url: 'http://a.example/{?q}', params: { q } })
  const document = await documentFor({
    sources: {
      a: source({ type: 'integer', maximum: 10, default: 3, description: 'How many' }),
      b: source({ type: 'integer', maximum: 20, default: 3, description: 'How many' }),
    },
    views: { fixed: { sources: { a: { params: { q: 1 } }, b: {} } } },
  })
  const { parameters } = document.paths['/aggregate'].get
  t.same(names(parameters), ['q', 'sources', 'a.q', 'b.q'])
  t.same(parameters[0].schema, { type: 'integer' }, 'one type, and what all sources agree on')
  t.match(parameters[0].description, /^How many\. .*`a` and `b`.*`a\.q` and `b\.q`.*default is `3`\.$/)
  const dotted = parameters.find(({ name }: { name?: string }) => name === 'a.q')
  t.same(dotted.schema, { type: 'integer', maximum: 10 })
  t.notMatch(dotted.description, /default/, 'what is not given is what the flat one says')
  t.same(names(document.paths['/aggregate/fixed'].get.parameters), ['q', 'sources'], 'what is fixed cannot be given')
})

t.test('references lead somewhere within the document', async (t) => {
  const document = await documentFor(UNLIKE_THE_DEMO['schemas that refer to parts of themselves'] ?? {})
  const { schemas } = document.components
  t.same(
    Object.keys(schemas.treeData).sort(),
    ['$ref', 'examples'],
    'definitions are components: not all tools know $defs',
  )
  t.equal(schemas.treeData.$ref, '#/components/schemas/treeData-node')
  const { properties } = schemas['treeData-node']
  t.equal(properties.name.$ref, '#/components/schemas/treeData-name')
  t.equal(properties.children.items.$ref, '#/components/schemas/treeData-node')
  t.equal(properties.$ref.type, 'string', 'a property of that name is no reference')
  t.same(schemas.treeData.examples[0].$ref, '#/$defs/node', 'data stays as it is')
  t.equal(schemas['tree.range'].$ref, '#/components/schemas/tree.range-range')
})

t.test('an anchor becomes the pointer to its place, which is all that tools of OpenAPI know', async (t) => {
  const schema = { $ref: '#a', $defs: { 'x/y': { $anchor: 'a', type: 'string', const: { $ref: '#a' } } } }
  t.same(rebase(schema, '#/c'), {
    $ref: '#/c/$defs/x~1y',
    $defs: { 'x/y': { type: 'string', const: { $ref: '#a' } } },
  })
})

t.test('a schema with a name of its own stays as it is', async (t) => {
  const schema = { $id: 'https://a.example/schema', $ref: '#/$defs/a', $defs: { a: { type: 'string' } } }
  const document = await documentFor({ sources: { a: { url: 'http://a.example/', schema } } })
  t.same(document.components.schemas.aData, schema)
})

const OPEN = {
  one: {
    url: 'http://a.example/{?n,when,kind,tree}',
    params: {
      n: { type: 'integer', default: 3, examples: [5] },
      when: { type: 'string', format: 'date', required: true },
      kind: { $ref: '#/$defs/kind', default: 'a', $defs: { kind: { enum: ['a', 'b'] } } },
      tree: { type: 'object' },
    },
  },
  two: {
    url: 'http://b.example/{?n,kind}',
    params: { n: { type: 'string', default: 'x' }, kind: { $ref: '#/$defs/kind', $defs: { kind: { enum: ['c'] } } } },
  },
}

t.test('no parameter holds a value that Swagger UI would fill in', async (t) => {
  const document = await documentFor({ sources: OPEN, views: { v: { sources: ['one'] } } })
  const filled: string[] = []
  for (const path of ['/aggregate', '/aggregate/v']) {
    for (const parameter of document.paths[path].get.parameters.map((one: Json) => resolved(document, one))) {
      for (const part of [parameter, parameter.schema, resolved(document, parameter.schema)])
        filled.push(
          ...['default', 'example', 'examples'].filter((key) => key in part).map((key) => parameter.name + key),
        )
    }
  }
  t.same(filled, [])
  const { parameters } = document.paths['/aggregate'].get
  const described = (name: string) => parameters.find((one: Json) => one.name === name).description
  t.match(described('n'), /Example: `5`\..*default is `3` for `one` and `x` for `two`\./)
  t.notOk(names(parameters).includes('tree'), 'no query can carry an object')
})

t.test('a parameter is required where every choice of sources needs it', async (t) => {
  const required = { type: 'string', required: true }
  const a = { url: 'http://a.example/{?q}', params: { q: required } }
  const needy = { url: 'http://b.example/{?n}', bind: { n: { from: 'a', select: 'n' } } }
  const free = { url: 'http://c.example/' }
  const qOf = async (sources: object) => {
    const document = await documentFor({ sources })
    return document.paths['/aggregate'].get.parameters.find((one: Json) => one.name === 'q')
  }
  t.match(await qOf({ a }), { required: true })
  t.match(await qOf({ a, needy }), { required: true })
  const q = await qOf({ a, needy, free })
  t.notOk('required' in q, 'Swagger UI would insist on it for ?sources=free too')
  t.match(q.description, /Must be given when `a` is asked\./)
})

t.test('a parameter of several types names each once', async (t) => {
  const { paths } = await documentFor({ sources: OPEN })
  const [n] = paths['/aggregate'].get.parameters
  t.same(n.schema, { type: ['integer', 'string'] })
})

function resolved(document: Json, part: Json): Json {
  const steps = part.$ref?.slice(2).split('/') ?? []
  return steps.length === 0 ? part : steps.reduce((within: Json, step: string) => within[step], document)
}

t.test('a view: its sources, fixed parameters with values, its deadline, its shape', async (t) => {
  const { paths } = await documentFor({
    sources: {
      a: { url: 'http://a.example/{?q,n}', params: { q: { type: 'string' }, n: { type: 'integer' } }, values: {} },
    },
    views: {
      v: {
        deadline: '1500ms',
        shape: 'x',
        sources: { x: { source: 'a', params: { q: 'a `b` | c', n: 7 } }, y: { source: 'a', required: true } },
      },
      plain: { sources: ['a'] },
    },
  })
  const { description } = paths['/aggregate/v'].get
  t.match(description, /- `x`: .*`a`.*`q` is fixed to `` a `b` \| c ``\. `n` is fixed to `7`\./)
  t.match(description, /- `y`: .*Required/)
  t.match(description, /1500 ms[\s\S]*`shape`/)
  t.notMatch(paths['/aggregate/plain'].get.description, /shape|fixed/)
})

t.test('the example of a batch has ids and params, and values that are valid', async (t) => {
  const exampleOf = async (sources: object) => {
    const { paths } = await documentFor({ sources })
    return paths['/aggregate'].post.requestBody.content['application/json'].example.requests
  }
  t.same(await exampleOf(OPEN), [
    { id: 'first', source: 'one', params: { n: 3, when: '2026-01-01', kind: 'a' } },
    { id: 'second', source: 'two', params: { n: 'x' } },
  ])
  const source = (param: object) => ({ url: 'http://a.example/{?p}', params: { p: { required: true, ...param } } })
  const valueFor = async (param: object) => (await exampleOf({ a: source(param) }))[0].params.p
  t.equal(await valueFor({ type: 'integer', minimum: 7, multipleOf: 5 }), 10)
  t.equal(await valueFor({ type: 'integer', exclusiveMinimum: 7 }), 8)
  t.equal(await valueFor({ type: 'number', maximum: -2 }), -2)
  t.equal(await valueFor({ type: 'boolean' }), true)
  t.equal(await valueFor({ type: 'string', minLength: 3 }), 'xxx')
  t.same(await valueFor({ type: 'array', items: { enum: ['a'] } }), undefined, 'nothing valid is known')
  t.same(await valueFor({ type: 'array', items: { type: 'string' } }), ['x'])
  t.equal(await valueFor({ type: 'string', examples: ['no', 'yes!'], minLength: 4 }), 'yes!')
  const other = await exampleOf({
    a: source({ type: 'string', pattern: '^[0-9]{5}$' }),
    b: { url: 'http://b.example/' },
  })
  t.same(other, [
    { id: 'first', source: 'b', params: {} },
    { id: 'second', source: 'b', params: {} },
  ])
})

t.test('what a source needs is in the example of a batch', async (t) => {
  const { paths } = await documentFor({
    sources: {
      user: { url: 'http://a.example/{id}', params: { id: { type: 'integer', examples: [42] } }, hidden: true },
      posts: { url: 'http://a.example/{?u}', bind: { u: { from: 'user', select: 'id' } } },
    },
  })
  const { requests } = paths['/aggregate'].post.requestBody.content['application/json'].example
  t.same(requests[0], { id: 'first', source: 'posts', params: { id: 42 } })
})

t.test('links to the page of problems, where there is one', async (t) => {
  const sources = { a: { url: 'http://a.example/' } }
  t.match(JSON.stringify(await documentFor({ sources })), /\[All problems\]\(\/docs\/problems\)/)
  t.notMatch(JSON.stringify(await documentFor({ sources, server: { docs: false } })), /\/docs\/problems/)
})
