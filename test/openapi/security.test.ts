import t from 'tap'
import { documentOf } from '../../src/cli/openapi.ts'
import { keys, newPair, startKeyServer } from '../access/issuer.ts'
import { configOf } from '../config/support.ts'

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document
type Json = any

const WHO = { issuer: 'https://id.example/', audience: 'app' }
const SECRET = 'a secret of 32 bytes, or of more'
const SOURCES = { a: { url: 'https://a.example/' } }
const CLAIMS = { a: { url: 'https://a.example/{t}', bind: { t: { from: 'claims', select: 'tenant' } } } }

async function documentFor(auth: object | false, sources: object = SOURCES): Promise<Json> {
  return documentOf(configOf(JSON.stringify({ server: { auth }, sources, views: { home: { sources: ['a'] } } })))
}

t.test('without auth the document has no credentials', async (t) => {
  const { security, components, paths } = await documentFor(false)
  t.strictSame(security, [])
  t.notOk('securitySchemes' in components)
  t.notMatch(JSON.stringify(paths), /"security"|"401"/)
})

t.test('any one of the credentials will do', async (t) => {
  const { security, components } = await documentFor({
    apiKeys: ['a-key-of-16-and-more'],
    jwt: { secret: SECRET, ...WHO },
  })
  t.strictSame(security, [{ apiKey: [] }, { bearer: [] }])
  t.match(components.securitySchemes, {
    apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key' },
    bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  })
  t.strictSame((await documentFor({ jwt: { secret: SECRET, ...WHO } })).security, [{ bearer: [] }])
  t.strictSame((await documentFor({ apiKeys: ['a-key-of-16-and-more'] })).security, [{ apiKey: [] }])
})

t.test('operations that need one list the refusals; the others need none', async (t) => {
  const { paths } = await documentFor({ apiKeys: ['a-key-of-16-and-more'] })
  const needy = [paths['/aggregate'].get, paths['/aggregate'].post, paths['/aggregate/home'].get, paths['/sources'].get]
  for (const operation of needy) {
    t.strictSame(operation.responses[401], { $ref: '#/components/responses/Unauthorized' })
    t.notOk('security' in operation)
    t.notOk(403 in operation.responses)
  }
  for (const path of ['/health/live', '/health/ready']) {
    t.strictSame(paths[path].get.security, [])
    t.notOk(401 in paths[path].get.responses)
  }
})

t.test('where sources take claims, asking them may be forbidden', async (t) => {
  const { paths, components } = await documentFor({ jwt: { secret: SECRET, ...WHO } }, CLAIMS)
  for (const operation of [paths['/aggregate'].get, paths['/aggregate'].post, paths['/aggregate/home'].get])
    t.strictSame(operation.responses[403], { $ref: '#/components/responses/Forbidden' })
  t.notOk(403 in paths['/sources'].get.responses)
  t.ok(components.responses.Forbidden)
})

t.test('the document is made without asking for the key set, and shows nothing of auth', async (t) => {
  const server = await startKeyServer(t, keys((await newPair('ES256')).jwk))
  const jwt = { jwks: server.url, issuer: 'https://zz.example/', audience: 'zz-app' }
  const document = await documentFor({ apiKeys: ['zz-key-of-16-and-more'], jwt })
  t.equal(server.count, 0)
  t.notMatch(JSON.stringify(document), /zz|jwks\.json/)
  t.strictSame(document.paths['/sources'].get.responses[503], { $ref: '#/components/responses/KeysUnavailable' })
})
