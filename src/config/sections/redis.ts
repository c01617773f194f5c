import { parseTarget, type RedisTarget } from '../../redis/target.ts'
import type { Input } from '../schema/input.ts'
import { block, optional, switchable, text } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { isLoopback } from './source/url.ts'

const EXAMPLE = '${REDIS_URL}'

const keys = optional({
  url: text({
    description:
      'URL of Redis or Valkey: redis:// or rediss:// (TLS), with user, password, port (6379) and number of the database (0) where they are needed. Never shown. Required.',
    examples: [EXAMPLE],
    secret: true,
    alsoCalled: 'uri address host connection connectionstring',
    hint: 'Write for example url: redis://127.0.0.1:6379',
  }),
})

export const redisSchema = switchable(
  block(keys, { description: 'Where processes share cached answers and the client rate limit.' }),
  {
    description: 'Redis or Valkey, through which processes share cached answers and `server.rateLimit`. Default: none.',
    examples: [{ url: EXAMPLE }],
    secret: true,
    alsoCalled: 'valkey sharedcache',
    hint: `Write for example redis: { url: "${EXAMPLE}" }`,
  },
)

const PATH = ['redis', 'url']

/** Resolves and checks the block `redis`; null if there is none. */
export function resolveRedis(input: Input<typeof redisSchema> = false, scope: Scope): RedisTarget | null {
  if (input === false) return null
  const { url } = input
  if (url === undefined) {
    if (!scope.isBroken(['redis'])) scope.problem(PATH, `is missing; write for example "${EXAMPLE}"`)
    return null
  }
  if (scope.isBroken(PATH)) return null
  const target = parseTarget(url)
  if ('problem' in target) {
    scope.problem(PATH, `the URL ${target.problem}`)
    return null
  }
  if (!target.tls && target.password !== null && !isLoopback(target.host))
    scope.warn(PATH, 'the password and the answers travel unencrypted to another host; use rediss://')
  return target
}
