import t from 'tap'
import { parseTarget } from '../../src/redis/target.ts'

t.test('all that a URL can hold', async (t) => {
  const plain = { host: 'h', port: 6379, tls: false, username: null, password: null, db: 0 }
  const urls: Readonly<Record<string, object>> = {
    'redis://h': plain,
    'redis://h/': plain,
    'REDIS://h:6379/0': plain,
    'rediss://h:6380/15': { ...plain, tls: true, port: 6380, db: 15 },
    'redis://:p@h': { ...plain, password: 'p' },
    'redis://u:p%40%23%2F%3A%25@h:1': { ...plain, username: 'u', password: 'p@#/:%', port: 1 },
    'redis://[::1]:7': { ...plain, host: '::1', port: 7 },
    'redis://cache-1.internal_net:7/2': { ...plain, host: 'cache-1.internal_net', port: 7, db: 2 },
  }
  for (const [url, target] of Object.entries(urls)) t.strictSame(parseTarget(url), target, url)
})

t.test('each mistake has a sentence that shows nothing of the URL', async (t) => {
  const wrong: Readonly<Record<string, RegExp>> = {
    '': /not valid/,
    'localhost:6379': /redis:\/\/ or rediss/,
    '127.0.0.1:6379': /not valid/,
    'cache.example': /not valid/,
    'http://h': /redis:\/\/ or rediss/,
    'unix:///run/redis.sock': /redis:\/\/ or rediss/,
    'redis://': /not valid|no host/,
    'redis:///0': /host/,
    'redis://:sec#ret@h': /percent-encoded/,
    'redis://h?sec=ret': /"\?"/,
    'redis://h#sec': /"#"/,
    'redis://h/secret': /database/,
    'redis://h/-1': /database/,
    'redis://h/0/1': /database/,
    'redis://h:0': /port/,
    'redis://h:99999': /not valid/,
    'redis://:sec%ret@h': /%25/,
    'redis://:%ff@h': /%25/,
  }
  for (const [url, expected] of Object.entries(wrong)) {
    const result = parseTarget(url)
    const problem = 'problem' in result ? result.problem : ''
    t.match(problem, expected, url)
    t.notMatch(problem, /sec|ret@/, url)
  }
})
