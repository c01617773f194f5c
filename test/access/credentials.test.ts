import t from 'tap'
import { bearerTokenOf, credentialsOf } from '../../src/access/credentials.ts'

t.test('credentials are read from all headers, whatever the case of their names', async (t) => {
  t.strictSame(
    credentialsOf(['Host', 'x', 'AUTHORIZATION', 'Bearer a', 'x-api-key', 'k', 'authorization', 'Bearer b']),
    {
      apiKeys: ['k'],
      authorizations: ['Bearer a', 'Bearer b'],
    },
  )
  t.strictSame(credentialsOf(['x-custom', 'authorization', 'accept', 'x-api-key']), { apiKeys: [], authorizations: [] })
})

t.test('a bearer token is what RFC 6750 says', async (t) => {
  for (const text of ['Bearer a.b.c', 'bearer a.b.c', 'BEARER   a.b.c']) t.equal(bearerTokenOf(text), 'a.b.c', text)
  t.equal(bearerTokenOf('Bearer a/+~-_.0=='), 'a/+~-_.0==')
  const wrong = [
    '',
    'Bearer',
    'Bearer ',
    'a.b.c',
    'Basic a.b.c',
    'Bearer a b',
    'Bearer a,b',
    'Bearer\ta',
    'Bearera.b.c',
  ]
  for (const text of [...wrong, 'Bearer a\0', 'Bearer a=b', 'Bearer "a"', 'xBearer a', 'Bearer a, Bearer b'])
    t.equal(bearerTokenOf(text), null, JSON.stringify(text))
})
