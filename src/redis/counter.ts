import type { ClientRateLimit, Count, RequestCounter } from '../core/counter.ts'
import { count, limitKeyOf } from './commands.ts'
import type { LinkOf } from './link.ts'

/**
 * Counts the requests of clients for all processes that share a Redis. `local` counts all of this process, and decides
 * while Redis is not available.
 */
export class SharedCounter implements RequestCounter {
  readonly #linkOf: LinkOf
  readonly #local: RequestCounter

  constructor(linkOf: LinkOf, local: RequestCounter) {
    this.#linkOf = linkOf
    this.#local = local
  }

  async count(key: string, limit: ClientRateLimit): Promise<Count> {
    const link = this.#linkOf()
    const local = this.#local.count(key, limit)
    if (link === null) return local
    const reply = await link.send(count(limitKeyOf(key, limit), limit.perMs)).catch(() => null)
    return countOf(String(reply), limit) ?? local
  }
}

function countOf(reply: string, { perMs }: ClientRateLimit): Count | null {
  const [, requests, leftMs] = /^(\d{1,15}) (\d{1,15})$/.exec(reply) ?? []
  if (requests === undefined) return null
  return { requests: Number(requests), resetMs: Math.min(Math.max(Number(leftMs), 1), perMs) }
}
