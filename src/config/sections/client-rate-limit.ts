import type { ClientRateLimit } from '../../core/counter.ts'
import type { Input } from '../schema/input.ts'
import { meantCount } from '../schema/keywords.ts'
import { between, block, optional, switchable, timeout } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { toMs } from '../text/units.ts'

/** The limit of the requests of each client: the block `server.rateLimit`. */

const EXAMPLE = { max: 100, per: '1m' }

const keys = optional({
  max: between(1, 1_000_000, {
    description: 'The most requests of a client in each `per`, which begins with its first request. Required.',
    examples: [EXAMPLE.max],
  }),
  per: timeout({ description: 'The period of `max`. A duration such as 1m. Required.', examples: [EXAMPLE.per] }),
})

export const clientRateLimitSchema = switchable(
  block(keys, { description: 'The most requests of each client in a period.' }),
  {
    description:
      'Bounds the requests of each client; further ones are answered with 429. A client is a verified key or token subject, else an address. Default: none.',
    examples: [EXAMPLE],
    alsoCalled: 'ratelimiting ratelimiter throttle limit quota',
    hint: 'Write for example rateLimit: { max: 100, per: 1m }',
    meant: meantCount((max) => ({ max, per: EXAMPLE.per })),
  },
)

/** Resolves and checks `server.rateLimit`; null if there is none. */
export function resolveClientRateLimit(
  input: Input<typeof clientRateLimitSchema> = false,
  scope: Scope,
): ClientRateLimit | null {
  if (input === false) return null
  const { max, per } = input
  for (const [key, value] of Object.entries(EXAMPLE)) {
    const isMissing = input[key as keyof typeof EXAMPLE] === undefined
    if (isMissing && !scope.isBroken(['server', 'rateLimit', key]))
      scope.problem(['server', 'rateLimit', key], `is missing; write for example ${value}`)
  }
  return max === undefined || per === undefined ? null : { max, perMs: toMs(per) }
}
