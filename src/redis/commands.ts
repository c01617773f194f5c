import { hash } from 'node:crypto'
import type { ClientRateLimit } from '../core/counter.ts'
import type { Argument, Reply } from './protocol.ts'
import { MAX_VALUE_BYTES } from './value.ts'

/** The commands that we send. Their keys begin with the name and the version of what they hold. */

const PREFIX = 'tributary:1'

type Command = readonly Argument[]

/**
 * The key of a cached answer. It is a digest, because `key` may contain secrets and data of clients. `key` begins with a
 * digest of the source's configuration, so a source gets no answers of another configuration.
 */
export function cacheKeyOf(key: string): string {
  return `${PREFIX}:cache:${hash('sha256', key, 'base64url')}`
}

/** The key of a client's counter. It contains the limit, so that a changed limit starts a new counter. */
export function limitKeyOf(client: string, { max, perMs }: ClientRateLimit): string {
  return `${PREFIX}:limit:${max}:${perMs}:${client}`
}

/** Time until a value expires. Sent before `read`: a value that is written in between then seems older, never younger. */
export const timeLeft = (key: string): Command => ['PTTL', key]
/** Reads no more than our largest value: another program may store hundreds of megabytes under the key. */
export const read = (key: string): Command => ['GETRANGE', key, 0, MAX_VALUE_BYTES - 1]
export const write = (key: string, value: Buffer | string, keepMs: number): Command => ['SET', key, value, 'PX', keepMs]
export const remove = (key: string): Command => ['DEL', key]

/**
 * Redis runs it as one step. A key without expiry, or with one after the end of the period, was not written by us. It
 * could block a client for ever, so it gets the expiry of a new period.
 */
const COUNT = `local requests = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 or left > tonumber(ARGV[1]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[1])
  left = ARGV[1]
end
return requests .. ' ' .. left`

/** Counts a request. Replies with the requests in the period, a space, and the milliseconds until its end. */
export const count = (key: string, perMs: number): Command => ['EVAL', COUNT, 1, key, perMs]

const PROBE_KEY = `${PREFIX}:probe`

interface Probe {
  readonly command: Command
  /** Whether the reply is as expected. */
  readonly fits: (reply: Reply) => boolean
}

const isNumber = (reply: Reply): boolean => typeof reply === 'number'

/** One of each command: a missing permission or an unsupported command is found before an answer needs it. */
export const PROBES: readonly Probe[] = [
  { command: write(PROBE_KEY, '0', 1000), fits: (reply) => reply === 'OK' },
  { command: count(PROBE_KEY, 1000), fits: (reply) => /^\d+ \d+$/.test(String(reply)) },
  { command: timeLeft(PROBE_KEY), fits: isNumber },
  { command: read(PROBE_KEY), fits: Buffer.isBuffer },
  { command: remove(PROBE_KEY), fits: isNumber },
]
