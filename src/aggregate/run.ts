import { Allowance, type AllowanceLimits } from '../core/allowance.ts'
import { type Call, type CallContext, type CallRecord, NO_REQUEST, newRecord } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import { failure, internalMessage } from '../core/failure.ts'
import { failed, type Outcome } from '../core/outcome.ts'
import type { Plan, PlanNode } from './plan.ts'

/** How one call of an answer ended. */
export interface Settled {
  readonly node: PlanNode
  readonly outcome: Outcome
  readonly record: CallRecord
}

export interface RunOptions {
  readonly clock: Clock
  /** What the answer may cost. */
  readonly allowance: AllowanceLimits
  /** Is told of each call as it ends, in the order in which they end. */
  readonly settle?: (settled: Settled) => void
  /** Is told of what cannot happen: a call that threw, or that outlived the answer's deadline. */
  readonly onBug: (source: string, error: unknown) => void
}

/**
 * Makes the calls of a plan, all at once as far as they do not need each other, and ends them together at the deadline.
 * Resolves to one entry a node, in the plan's order. It does not reject, and it does not outlast the deadline: a call
 * that has not ended half the reserve after it was cut off is filled in.
 */
export function run(plan: Plan, options: RunOptions): Promise<readonly Settled[]> {
  return new Promise((resolve) => {
    const batch = new BatchRun(plan, options, resolve)
    batch.start()
  })
}

class BatchRun {
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #resolve: (settled: readonly Settled[]) => void
  readonly #settled: (Settled | undefined)[]
  readonly #outcomes: Promise<Outcome>[] = []
  readonly #records: readonly CallRecord[]
  readonly #called = new Set<number>()
  readonly #context: CallContext
  readonly #cutAt: number
  #left: number
  #timer: unknown

  constructor(plan: Plan, options: RunOptions, resolve: (settled: readonly Settled[]) => void) {
    this.#plan = plan
    this.#options = options
    this.#resolve = resolve
    this.#settled = plan.nodes.map(() => undefined)
    this.#records = plan.nodes.map(newRecord)
    const { requestId, trace } = plan.context
    this.#context = { requestId, traceId: trace.traceId, made: new Map(), allowance: new Allowance(options.allowance) }
    this.#cutAt = plan.startedAt + plan.deadlineMs - plan.reserveMs
    this.#left = plan.nodes.length
  }

  start(): void {
    if (this.#left === 0) return this.#end()
    const { clock } = this.#options
    this.#timer = clock.setTimeout(() => this.#cut(), Math.max(0, this.#cutAt - clock.now()))
    for (const index of this.#plan.nodes.keys()) void this.#outcome(index)
  }

  /** The outcome of a node; the first to ask for it starts its call. */
  #outcome(index: number): Promise<Outcome> {
    this.#outcomes[index] ??= this.#call(index).then(
      (outcome) => this.#settle(index, outcome),
      (error) => this.#settle(index, this.#bug(index, error)),
    )
    return this.#outcomes[index]
  }

  async #call(index: number): Promise<Outcome> {
    const node = this.#node(index)
    const needed = node.needs.length === 0 ? [] : await Promise.all(node.needs.map((need) => this.#outcome(need)))
    const { cancel, deadlineMs } = this.#plan
    const call: Call = {
      id: node.key,
      source: node.source,
      context: this.#context,
      request: NO_REQUEST,
      deadline: { at: this.#cutAt, cause: 'batch', spanMs: deadlineMs },
      cancel,
      kind: 'first',
      record: this.#record(index),
    }
    this.#called.add(index)
    return node.start(call, needed)
  }

  #settle(index: number, outcome: Outcome): Outcome {
    if (this.#settled[index] !== undefined) return outcome
    const settled = { node: this.#node(index), outcome, record: this.#ended(index) }
    this.#settled[index] = settled
    this.#left -= 1
    this.#tell(settled)
    if (this.#left === 0) this.#end()
    return outcome
  }

  /** Whoever listens cannot keep the answer from ending. */
  #tell(settled: Settled): void {
    try {
      this.#options.settle?.(settled)
    } catch (error) {
      this.#options.onBug(settled.node.source, error)
    }
  }

  /** The record of a node that has ended. One that was never called, or is filled in, ends now. */
  #ended(index: number): CallRecord {
    const record = this.#record(index)
    const now = this.#options.clock.now()
    record.startedAt ||= now
    record.endedAt ||= now
    return record
  }

  /** Timers may fire a little late, calls may not: they end where they hear of it. */
  #cut(): void {
    const { clock } = this.#options
    this.#timer = clock.setTimeout(() => this.#fillIn(), this.#plan.reserveMs / 2)
    this.#plan.cancel.cancel('batch')
  }

  #fillIn(): void {
    for (const [index, settled] of this.#settled.entries()) {
      if (settled === undefined) this.#settle(index, this.#overdue(index))
    }
  }

  /** A call that runs on although it was called off is a bug; one that still waits for that call is not. */
  #overdue(index: number): Outcome {
    if (this.#called.has(index)) return this.#bug(index, new Error('the call outlived its deadline'))
    const { source } = this.#node(index)
    return failed(failure('deadline_exceeded', `${source} was not called before the deadline`))
  }

  #end(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#resolve(this.#settled as Settled[])
  }

  #bug(index: number, error: unknown): Outcome {
    const { source } = this.#node(index)
    this.#options.onBug(source, error)
    return failed(failure('internal_error', internalMessage(source)))
  }

  #node(index: number): PlanNode {
    return this.#plan.nodes[index] as PlanNode
  }

  #record(index: number): CallRecord {
    return this.#records[index] as CallRecord
  }
}
