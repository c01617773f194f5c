import { Allowance, type AllowanceLimits } from '../core/allowance.ts'
import { type Call, type CallContext, type CallRecord, NO_REQUEST, newRecord } from '../core/call.ts'
import type { Clock, Deadline } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import { failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { failed, type Outcome } from '../core/outcome.ts'
import type { PlanNode } from './node.ts'
import type { Plan } from './plan.ts'

/** How one call of an answer ended. */
export interface Settled {
  readonly node: PlanNode
  readonly outcome: Outcome
  readonly record: CallRecord
}

/** Is told of each call as it ends, in the order in which they end. It must not throw. */
export type Settle = (settled: Settled) => void

export interface RunOptions {
  readonly clock: Clock
  /** What the answer may cost. */
  readonly allowance: AllowanceLimits
  /** Is told of what cannot happen: a call that threw, or that outlived the answer's deadline. */
  readonly events: Events
}

/**
 * Makes the calls of a plan, all at once as far as they do not need each other, and ends them together at the deadline.
 * Resolves to one entry a node, in the plan's order. It does not reject, and it does not outlast the deadline: a call
 * that has not ended half the reserve after it was cut off is filled in.
 */
export function run(plan: Plan, options: RunOptions, settle: Settle = () => {}): Promise<readonly Settled[]> {
  return new Promise((resolve) => new BatchRun(plan, options, { settle, end: resolve }).start())
}

/** A node while it runs. */
interface Running {
  readonly node: PlanNode
  readonly record: CallRecord
  /** Whether its call was made; else it still waits for what it needs. */
  isCalled: boolean
  /** Undefined until its call, or that of a node which needs it, is asked for. */
  outcome: Promise<Outcome> | undefined
  settled: Settled | null
}

interface Ends {
  readonly settle: Settle
  readonly end: (settled: readonly Settled[]) => void
}

class BatchRun {
  readonly #plan: Plan
  readonly #options: RunOptions
  readonly #ends: Ends
  readonly #running: readonly Running[]
  readonly #context: CallContext
  readonly #deadline: Deadline
  #left: number
  #timer: unknown

  constructor(plan: Plan, options: RunOptions, ends: Ends) {
    const { nodes, requestId, trace, startedAt, deadlineMs, reserveMs } = plan
    this.#plan = plan
    this.#options = options
    this.#ends = ends
    this.#running = nodes.map((node) => {
      return { node, record: newRecord(), isCalled: false, outcome: undefined, settled: null }
    })
    this.#context = { requestId, trace, made: new Map(), allowance: new Allowance(options.allowance) }
    this.#deadline = { at: startedAt + deadlineMs - reserveMs, cause: 'batch', spanMs: deadlineMs }
    this.#left = nodes.length
  }

  start(): void {
    if (this.#left === 0) return this.#end()
    const { clock } = this.#options
    this.#timer = clock.setTimeout(() => this.#cut(), Math.max(0, this.#deadline.at - clock.now()))
    for (const running of this.#running) void this.#outcomeOf(running)
  }

  /** The outcome of a node; the first to ask for it starts its call. */
  #outcomeOf(running: Running): Promise<Outcome> {
    running.outcome ??= this.#call(running).then(
      (outcome) => this.#settle(running, outcome),
      (error) => this.#settle(running, this.#bug(running, error)),
    )
    return running.outcome
  }

  async #call(running: Running): Promise<Outcome> {
    const { node, record } = running
    const needed = node.needs.map((index) => this.#outcomeOf(this.#running[index] as Running))
    const outcomes = needed.length === 0 ? [] : await Promise.all(needed)
    const call: Call = {
      id: node.key,
      source: node.source,
      context: this.#context,
      request: NO_REQUEST,
      deadline: this.#deadline,
      cancel: this.#plan.cancel,
      kind: 'first',
      record,
    }
    running.isCalled = true
    return node.start(call, outcomes)
  }

  #settle(running: Running, outcome: Outcome): Outcome {
    if (running.settled !== null) return outcome
    running.settled = { node: running.node, outcome, record: this.#ended(running.record) }
    this.#left -= 1
    this.#tell(running.settled)
    if (this.#left === 0) this.#end()
    return outcome
  }

  /** Whoever listens cannot keep the answer from ending. */
  #tell(settled: Settled): void {
    try {
      this.#ends.settle(settled)
    } catch (error) {
      this.#options.events.emit('bug', { source: settled.node.source, error })
    }
  }

  /** The record of a node that has ended. One that was never called, or is filled in, ends now. */
  #ended(record: CallRecord): CallRecord {
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
    for (const running of this.#running) if (running.settled === null) this.#settle(running, this.#overdue(running))
  }

  /** A call that runs on although it was called off is a bug; one that still waits for that call is not. */
  #overdue(running: Running): Outcome {
    if (running.isCalled) return this.#bug(running, new Error('the call outlived its deadline'))
    return failed(failure('deadline_exceeded', `${running.node.source} was not called before the deadline`))
  }

  #end(): void {
    this.#options.clock.clearTimeout(this.#timer)
    this.#ends.end(this.#running.flatMap(({ settled }) => settled ?? []))
  }

  #bug({ node: { source } }: Running, error: unknown): Outcome {
    this.#options.events.emit('bug', { source, error })
    return failed(failure('internal_error', MESSAGES.internal(source)))
  }
}
