import type { AllowanceLimits } from '../core/allowance.ts'
import type { Clock } from '../core/deadline.ts'
import { invalidRequest, type RequestError } from '../http/problem.ts'
import type { Shape, ShapeError } from '../json/shape.ts'
import type { RequestContext } from '../source/request.ts'
import type { Workers } from '../source/work.ts'
import { type Answer, answer } from './answer.ts'
import type { Asked } from './entry.ts'
import { makePlan, type Plan } from './plan.ts'
import { run, type Settled } from './run.ts'
import { type Query, readSettings } from './settings.ts'
import { shapeData } from './shaped.ts'
import { judge } from './verdict.ts'

/** One request for an answer, as the edge has read it. */
export interface AggregateRequest {
  /** The view's id; null where none is asked. */
  readonly view: string | null
  /** The view's; null for data as it is. */
  readonly shape: Shape | null
  /** The view's deadline, or the default. */
  readonly deadlineMs: number
  readonly query: Query
  /** The Prefer header. */
  readonly prefer: string | undefined
  readonly context: RequestContext
  /** Reads what is asked; adds what is wrong with it to `errors`. */
  readonly read: (query: Query, errors: RequestError[]) => readonly Asked[]
}

export interface AggregateOptions {
  readonly clock: Clock
  /** What one answer may cost. */
  readonly allowance: AllowanceLimits
  readonly reserveMs: number
  readonly serverTiming: boolean
  readonly explain: boolean
  /** For the shapes of views. */
  readonly workers: Workers
  readonly onBug: (source: string, error: unknown) => void
  /** Is told of the expressions of a view's shape that erred on its data. */
  readonly onShapeError: (plan: Plan, error: ShapeError) => void
}

/** A request that was understood: what will be called, and how the client's preferences were met. */
export interface Prepared {
  readonly plan: Plan
  readonly applied: readonly string[]
}

/** Plans the answer to a request. Throws a Problem that names everything that is wrong with the request. */
export function prepare(request: AggregateRequest, options: AggregateOptions): Prepared {
  const startedAt = options.clock.now()
  const errors: RequestError[] = []
  const settings = readSettings(request.query, request.prefer, options.explain, errors)
  const asked = request.read(request.query, errors)
  const { view, shape, context, deadlineMs } = request
  const plan =
    errors.length > 0
      ? null
      : makePlan(asked, settings, { view, shape, context, startedAt, deadlineMs, reserveMs: options.reserveMs }, errors)
  if (plan === null || errors.length > 0) throw invalidRequest(errors)
  return { plan, applied: settings.applied }
}

/** Makes the calls and the answer. Ends by the plan's deadline, and early when its `cancel` fires. */
export async function carryOut(plan: Plan, options: AggregateOptions): Promise<Answer> {
  const settled = await run(plan, options)
  const shaped = await shapedOf(plan, settled, options)
  return answer(plan, settled, { now: options.clock.now(), serverTiming: options.serverTiming, shaped })
}

/** Null where there is no shape, or no data to give. */
async function shapedOf(plan: Plan, settled: readonly Settled[], options: AggregateOptions) {
  const shown = settled.filter(({ node }) => node.shown)
  if (plan.shape === null || judge(shown).kind === 'problem') return null
  return shapeData(plan, plan.shape, shown, options)
}
