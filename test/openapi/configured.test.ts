import t from 'tap'
import { rebase } from '../../src/openapi/rebase.ts'
import { documentFor, UNLIKE_THE_DEMO } from './service.ts'

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
  t.same(Object.keys(document.paths), ['/aggregate', '/health/live', '/health/ready', '/sources'])
  const { parameters, responses } = document.paths['/aggregate'].get
  t.same(parameters[0], {
    name: 'q',
    in: 'query',
    description: 'Goes to seen.',
    schema: { type: 'string' },
    required: true,
  })
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
  t.same(parameters[0], {
    name: 'q',
    in: 'query',
    description: 'How many. Goes to a, b.',
    schema: {
      type: 'integer',
      default: 3,
      anyOf: [
        { type: 'integer', maximum: 10 },
        { type: 'integer', maximum: 20 },
      ],
    },
  })
  const alike = await documentFor({
    sources: { a: source({ type: 'integer', default: 1 }), b: source({ type: 'integer' }) },
  })
  t.same(alike.paths['/aggregate'].get.parameters[0].schema, { type: 'integer' }, 'a default of one is not that of all')
  const dotted = parameters.find(({ name }: { name?: string }) => name === 'a.q')
  t.same(dotted.schema, { type: 'integer', maximum: 10 }, 'no default, which would hide the flat one')
  t.same(names(document.paths['/aggregate/fixed'].get.parameters), ['q', 'sources'], 'what is fixed cannot be given')
})

t.test('references lead somewhere within the document', async (t) => {
  const document = await documentFor(UNLIKE_THE_DEMO['schemas that refer to parts of themselves'] ?? {})
  const { schemas } = document.components
  t.equal(schemas.treeData.$ref, '#/components/schemas/treeData/$defs/node')
  const { properties } = schemas.treeData.$defs.node
  t.equal(properties.name.$ref, '#/components/schemas/treeData/$defs/name')
  t.equal(properties.children.items.$ref, '#/components/schemas/treeData/$defs/node')
  t.same(schemas.treeData.examples[0].$ref, '#/$defs/node', 'data stays as it is')
  t.equal(schemas['tree.range'].$ref, '#/components/schemas/tree.range/$defs/range')
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
