import { Allowance, type AllowanceLimits } from '../core/allowance.ts'
import { type Call, type CallContext, type CallRecord, NO_REQUEST, newRecord } from '../core/call.ts'
import type { Clock, Deadline } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import { failure } from '../core/failure.ts'
import { MESSAGES } from '../core/messages.ts'
import { failed, type Outcome } from '../core/outcome.ts'
import type { PlanNode } from './node.ts'
import type { Plan } from './plan.ts'

/** How one node of a plan ended. */
export interface Settled {
  readonly node: PlanNode
  readonly outcome: Outcome
  readonly record: CallRecord
}

/** Called when a node ends, in that order. It must not throw. */
export type Settle = (settled: Settled) => void

/** Options of a run. */
export interface RunOptions {
  readonly clock: Clock
  /** Limits of the answer. */
  readonly allowance: AllowanceLimits
  /** Receives a `bug` event for a call that throws, or that runs past the deadline. */
  readonly events: Events
}

/**
 * Makes the calls of a plan, concurrently unless they depend on each other, and cuts them off before the deadline.
 * Resolves to one entry per node, in the order of the plan. Never rejects, and always ends before the deadline: a call
 * that has not settled half of the reserve after it was cut off gets a failure.
 */
export function run(plan: Plan, options: RunOptions, settle: Settle = () => {}): Promise<readonly Settled[]> {
  return new Promise((resolve) => new BatchRun(plan, options, { settle, end: resolve }).start())
}

/** State of a node. */
interface Running {
  readonly node: PlanNode
  readonly record: CallRecord
  /** Whether its call was started. If not, it waits for its dependencies. */
  isCalled: boolean
  /** Undefined until the node, or one that depends on it, is started. */
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

  /** Returns the outcome of a node. The first call starts it. */
  #outcomeOf(running: Running): Promise<Outcome> {
    running.outcome ??= this.#call(running).then(
      (outcome) => this.#settle(running, outcome),
      (error) => this.#settle(running, this.#bug(running, error)),
    )
    return running.outcome
  }

  /** Calls the node when the nodes that it needs have ended. A rejection is a bug. */
  #call(running: Running): Promise<Outcome> {
    const { needs } = running.node
    if (needs.length > 0) {
      const needed = needs.map((index) => this.#outcomeOf(this.#running[index] as Running))
      return Promise.all(needed).then((outcomes) => this.#start(running, outcomes))
    }
    try {
      return this.#start(running, [])
    } catch (error) {
      return Promise.reject(error)
    }
  }

  #start(running: Running, outcomes: readonly Outcome[]): Promise<Outcome> {
    const { node, record } = running
    const call: Call = {
      id: node.key,
      source: node.source,
      context: this.#context,
      request: NO_REQUEST,
      deadline: this.#deadline,
      cancel: this.#plan.cancel,
      kind: 'first',
      record,
      ...this.#simulationOf(node),
    }
    running.isCalled = true
    return node.start(call, outcomes)
  }

  /** Only what was asked for can be simulated: `simulate` names keys of `data`. */
  #simulationOf({ key, shown }: PlanNode): Pick<Call, 'simulation'> {
    const found = shown ? this.#plan.simulated.find((one) => one.key === key) : undefined
    return found === undefined ? {} : { simulation: found.simulation }
  }

  #settle(running: Running, outcome: Outcome): Outcome {
    if (running.settled !== null) return outcome
    running.settled = { node: running.node, outcome, record: this.#ended(running.record) }
    this.#left -= 1
    this.#tell(running.settled)
    if (this.#left === 0) this.#end()
    return outcome
  }

  /** Exceptions of the listener must not stop the answer. */
  #tell(settled: Settled): void {
    try {
      this.#ends.settle(settled)
    } catch (error) {
      this.#options.events.emit('bug', { source: settled.node.source, error })
    }
  }

  /** Completes the times of a node that has ended. A node that was not called, or did not settle, ends now. */
  #ended(record: CallRecord): CallRecord {
    const now = this.#options.clock.now()
    record.startedAt ||= now
    record.endedAt ||= now
    return record
  }

  /** Cuts the calls off. If a call does not react, `#fillIn` ends it after half of the reserve. */
  #cut(): void {
    const { clock } = this.#options
    this.#timer = clock.setTimeout(() => this.#fillIn(), this.#plan.reserveMs / 2)
    this.#plan.cancel.cancel('batch')
  }

  #fillIn(): void {
    for (const running of this.#running) if (running.settled === null) this.#settle(running, this.#overdue(running))
  }

  /** A call that still runs after it was cancelled is a bug. A node that still waits for such a call is not. */
  #overdue(running: Running): Outcome {
    if (running.isCalled) return this.#bug(running, new Error('the call outlived its deadline'))
    return failed(failure('deadline_exceeded', `${running.node.source} was not called before the deadline`))
  }

  #end(): void {
    this.#options.clock.clearTimeout(this.#timer)
    // what still refers to a call of this answer for a while must not keep the bodies of all its calls: V8 would collect
    // them late, and with sources of 100 KB that took a quarter of the processor time
    this.#context.made.clear()
    this.#ends.end(this.#running.flatMap(({ settled }) => settled ?? []))
  }

  #bug({ node: { source } }: Running, error: unknown): Outcome {
    this.#options.events.emit('bug', { source, error })
    return failed(failure('internal_error', MESSAGES.internal(source)))
  }
}
