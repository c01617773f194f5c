import type { Input } from '../schema/input.ts'
import { meantDuration } from '../schema/keywords.ts'
import { block, duration, optional, timeout } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { formatMs, toMs } from '../text/units.ts'

/** The block `deadline`, resolved. */
export interface DeadlineConfig {
  readonly defaultMs: number
  /** The longest deadline that a view may configure. */
  readonly maxMs: number
  /** Reserved for writing the answer: calls end this much before the deadline. */
  readonly reserveMs: number
}

const DEFAULTS = { default: '2s', max: '10s', reserve: '25ms' }

const keys = optional({
  default: timeout({
    description: 'The time limit of one answer; at most `max`. A duration such as 2s.',
    default: DEFAULTS.default,
    examples: ['1500ms'],
  }),
  max: timeout({
    description: 'The longest deadline that a view may configure. A duration such as 10s.',
    default: DEFAULTS.max,
    examples: ['5s'],
  }),
  reserve: duration({
    description: 'The part of the deadline that is reserved for writing the answer. A duration such as 25ms.',
    default: DEFAULTS.reserve,
    examples: ['50ms'],
  }),
})

export const deadlineSchema = block(keys, {
  description: 'The time limits of answers.',
  examples: [{ default: '1500ms' }],
  meant: meantDuration('default'),
})

/** Resolves the block `deadline` and checks it. */
export function resolveDeadline(input: Input<typeof deadlineSchema> = {}, scope: Scope): DeadlineConfig {
  const written = { ...DEFAULTS, ...input }
  const maxMs = toMs(written.max)
  const standardMs = toMs(written.default)
  // a maximum below the default lowers the default too
  const defaultMs = input.default === undefined ? Math.min(standardMs, maxMs) : standardMs
  const deadline = { defaultMs, maxMs, reserveMs: toMs(written.reserve) }
  checkDeadline(scope, deadline)
  return deadline
}

function checkDeadline({ problem, show, isBroken }: Scope, deadline: DeadlineConfig): void {
  if (deadline.defaultMs <= deadline.maxMs || isBroken(['deadline'])) return
  const most = show(['deadline', 'max'], formatMs(deadline.maxMs))
  const standard = show(['deadline', 'default'], formatMs(deadline.defaultMs))
  problem(['deadline', 'default'], `${standard} is above max, which is ${most}; lower default or raise max`)
}
