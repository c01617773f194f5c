import type { SourceOptions } from '../../../source/options.ts'
import type { Input } from '../../schema/input.ts'
import { meantCount } from '../../schema/keywords.ts'
import { block, count, optional, switchable } from '../../schema/parts.ts'

const DEFAULTS = { maxInFlight: 100 }

const keys = optional({
  maxInFlight: count(1, {
    description: 'Calls in flight at once; also the connections.',
    default: DEFAULTS.maxInFlight,
    examples: [20],
  }),
  maxQueue: count(0, {
    description:
      'The most calls that may wait; further calls fail at once. Default: no bound of its own, so that a fast source never refuses what the server admits (`server.maxInFlight` answers of `server.maxAttempts` attempts). Calls leave at their timeout, and those that would not have as much time left as an attempt usually takes are not made.',
    examples: [0],
  }),
})

export const bulkheadSchema = switchable(block(keys, { description: 'Bounds the calls in flight to one source.' }), {
  description: `Bounds what the source may have in flight. Default ${DEFAULTS.maxInFlight} calls; the others wait.`,
  default: {},
  examples: [{ maxInFlight: 20, maxQueue: 0 }],
  alsoCalled: 'concurrency maxconcurrency maxconnections poolsize maxinflight',
  hint: 'Write for example bulkhead: { maxInFlight: 20 }',
  meant: meantCount((maxInFlight) => ({ maxInFlight })),
})

export type BulkheadInput = Input<typeof bulkheadSchema>

/** Resolves `bulkhead`. Without `maxQueue`, only the limits of the server bound the queue. */
export function resolveBulkhead(input: BulkheadInput = {}): SourceOptions['bulkhead'] {
  if (input === false) return null
  const { maxInFlight, maxQueue = Number.POSITIVE_INFINITY } = { ...DEFAULTS, ...input }
  return { maxInFlight, maxQueue }
}
