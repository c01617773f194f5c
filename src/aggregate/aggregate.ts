import type { AllowanceLimits } from '../core/allowance.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { Workers } from '../source/work.ts'
import { type Answer, answer } from './answer.ts'
import type { Plan } from './plan.ts'
import { run, type Settle, type Settled } from './run.ts'
import { shapeData } from './shaped.ts'
import { judge } from './verdict.ts'

/** Options of all answers. */
export interface AggregateOptions {
  readonly clock: Clock
  /** Limits of one answer. */
  readonly allowance: AllowanceLimits
  /** Whether answers have a Server-Timing header. */
  readonly serverTiming: boolean
  /** Worker threads for large data and shapes. */
  readonly workers: Workers
  /** Receives `bug` and `shape` events. */
  readonly events: Events
}

/**
 * Makes the calls of a plan and builds the answer. Ends at the deadline of the plan, or earlier if its `cancel` fires.
 * `settle` receives each call as it ends, including calls that are only dependencies, so that an answer can be
 * streamed.
 */
export async function aggregate(plan: Plan, options: AggregateOptions, settle?: Settle): Promise<Answer> {
  const settled = await run(plan, options, settle)
  const shaped = await shapedOf(plan, settled, options)
  return answer(plan, settled, { now: options.clock.now(), serverTiming: options.serverTiming, shaped })
}

/** The shaped data; null if the view has no shape, or the answer is a problem. */
async function shapedOf(plan: Plan, settled: readonly Settled[], options: AggregateOptions) {
  const shown = settled.filter(({ node }) => node.shown)
  if (plan.shape === null || judge(shown).kind === 'problem') return null
  return shapeData(plan, plan.shape, shown, options)
}
