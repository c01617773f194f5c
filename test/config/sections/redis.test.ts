import t from 'tap'
import { configOf, MINIMAL, problemsOf, warningsOf } from '../support.ts'

const file = (redis: string) => `redis: ${redis}\n${MINIMAL}`

t.test('redis.url', async (t) => {
  t.equal(configOf(MINIMAL).redis, null)
  t.equal(configOf(file('false')).redis, null)
  const target = { host: 'cache.example', port: 6380, tls: true, username: 'u', password: 'p', db: 1 }
  t.same(configOf(file('{ url: "${REDIS_URL}" }'), { REDIS_URL: 'rediss://u:p@cache.example:6380/1' }).redis, target)
})

t.test('each mistake has one sentence, which shows nothing of the URL', async (t) => {
  const environment = { REDIS_URL: 'http://:s3cret@host.example' }
  t.same(problemsOf(file('{ url: "${REDIS_URL}" }'), environment), [
    'redis.url (line 1): the URL must begin with redis:// or rediss:// (TLS)',
  ])
  t.same(problemsOf(file('{ url: "redis://:s3cret@host.example/x" }')), [
    'redis.url (line 1): the URL must end with the number of a database, such as /0, or without a path',
  ])
  t.same(problemsOf(file('{}')), ['redis.url (line 1): is missing; write for example "${REDIS_URL}"'])
  const others = [
    'redis://:s3cret@h',
    '{ uri: "redis://:s3cret@h" }',
    '{ url: [s3cret] }',
    '{ url: 5 }',
    '{ url: "" }',
    '[s3cret]',
    '{ url: "${REDIS_URL}" }',
  ]
  for (const other of others) {
    const problems = problemsOf(file(other))
    t.equal(problems.length, 1, problems.join('\n'))
    t.notMatch(problems.join(), /s3cret/)
  }
})

t.test('a password in the clear to another host is warned of', async (t) => {
  const sentence = 'redis.url (line 1): the password and the answers travel unencrypted to another host; use rediss://'
  t.same(warningsOf(file('{ url: "redis://:p@cache.example" }')), [sentence])
  for (const url of [
    'redis://cache.example',
    'rediss://:p@cache.example',
    'redis://:p@127.0.0.1',
    'redis://:p@[::1]',
    'redis://:p@localhost',
  ])
    t.same(warningsOf(file(`{ url: "${url}" }`)), [], url)
})
