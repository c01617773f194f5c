import type { AllowanceLimits } from '../core/allowance.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { Workers } from '../source/work.ts'
import { type Answer, answer } from './answer.ts'
import type { Plan } from './plan.ts'
import { run, type Settle, type Settled } from './run.ts'
import { shapeData } from './shaped.ts'
import { judge } from './verdict.ts'

export interface AggregateOptions {
  readonly clock: Clock
  /** What one answer may cost. */
  readonly allowance: AllowanceLimits
  readonly serverTiming: boolean
  /** For the shapes of views. */
  readonly workers: Workers
  /** Is told of faults, and of the parts of a view's shape that erred on its data. */
  readonly events: Events
}

/**
 * Makes the calls of a plan, and the answer. Ends by the plan's deadline, and early when its `cancel` fires. `settle` is
 * told of each call as it ends, the ones that are only needed by others too: an answer can be written in parts.
 */
export async function aggregate(plan: Plan, options: AggregateOptions, settle?: Settle): Promise<Answer> {
  const settled = await run(plan, options, settle)
  const shaped = await shapedOf(plan, settled, options)
  return answer(plan, settled, { now: options.clock.now(), serverTiming: options.serverTiming, shaped })
}

/** Null where there is no shape, or no data to give. */
async function shapedOf(plan: Plan, settled: readonly Settled[], options: AggregateOptions) {
  const shown = settled.filter(({ node }) => node.shown)
  if (plan.shape === null || judge(shown).kind === 'problem') return null
  return shapeData(plan, plan.shape, shown, options)
}
