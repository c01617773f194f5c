import type { AllowanceLimits } from '../core/allowance.ts'
import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { Workers } from '../source/work.ts'
import { type Answer, answer, type Conclusion, conclude, hasChanged } from './answer.ts'
import { type ExposedHeaders, exposedBy, exposes, TOO_LARGE } from './exposed.ts'
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
  /** Whether every answer is for one client only, because clients have credentials. */
  readonly isPrivate: boolean
  /** Worker threads for large data and shapes. */
  readonly workers: Workers
  /** Receives `bug`, `shape` and `header` events. */
  readonly events: Events
}

/**
 * Makes the calls of a plan and builds the answer. Ends at the deadline of the plan, or earlier if its `cancel` fires.
 */
export async function aggregate(plan: Plan, options: AggregateOptions): Promise<Answer> {
  const { clock, serverTiming, isPrivate } = options
  const settled = await run(plan, options)
  const shaped = await shapedOf(plan, settled, options)
  const exposed = exposedIn(plan, settled, options.events)
  return answer(plan, settled, { now: clock.now(), serverTiming, isPrivate, shaped, exposed })
}

/** The headers of sources that the answer has. Emits an event for each that does not fit. */
function exposedIn(plan: Plan, settled: readonly Settled[], events: Events): ExposedHeaders {
  if (!exposes(plan)) return {}
  const { headers, unfit } = exposedBy(settled)
  const { requestId, trace } = plan
  for (const { settled: one, name } of unfit) {
    const { key: id, source } = one.node
    events.emit('header', { requestId, traceId: trace.traceId, source, id, name, reason: TOO_LARGE })
  }
  return headers
}

/**
 * Makes the calls of a plan. `settle` receives each requested one as it ends. Resolves to the rest of the answer, and
 * ends as `aggregate` does.
 */
export async function stream(plan: Plan, options: AggregateOptions, settle: Settle): Promise<Conclusion> {
  const settled = await run(plan, options, (one) => {
    if (one.node.shown) settle(one)
  })
  return conclude(plan, settled, options.clock.now())
}

/** The shaped data; null if the view has no shape, or the answer is a problem without data. */
async function shapedOf(plan: Plan, settled: readonly Settled[], options: AggregateOptions) {
  const shown = settled.filter(({ node }) => node.shown)
  if (plan.shape === null || (judge(shown).kind === 'problem' && !hasChanged(settled))) return null
  return shapeData(plan, plan.shape, shown, options)
}
