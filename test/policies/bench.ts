import t, { type Test } from 'tap'
import { type Call, newRecord, type SourceCall } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { type FailureCode, failure, statusFailure } from '../../src/core/failure.ts'
import { cutShort, failed, live, type Outcome } from '../../src/core/outcome.ts'
import { newAllowance } from '../support/allowance.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'
import { TRACE } from '../support/trace.ts'

export const DATA = live(Buffer.from('{"a":1}'), 200)

/** Distinct outcomes, so that a test can check which one is returned. */
export const failing = (code: FailureCode): Outcome => failed(failure(code, code))
export const status = (code: number, retryAfterMs: number | null = null): Outcome =>
  failed(statusFailure('weather', code, retryAfterMs))

/** Tools for tests of policies: a clock that a test advances, calls, and sources that answer on request. */
export class Bench {
  readonly clock = new FakeClock()
  /** Calls that reached the source, in order. */
  readonly reached: Call[] = []
  /** The time of each, on the clock. */
  readonly reachedAt: number[] = []
  readonly #made: Call[] = []
  readonly #ends: ((outcome: Outcome) => void)[] = []

  /** A call under an answer's deadline 2,000 ms from now. */
  call(id = 'weather', over: Partial<Call> = {}): Call {
    const call: Call = {
      id,
      source: 'weather',
      context: {
        requestId: 'request',
        trace: TRACE,
        made: new Map(),
        allowance: newAllowance(),
      },
      request: {
        method: 'GET',
        path: '/',
        headers: [],
        body: null,
        isRepeatable: true,
        key: 'GET /',
        shown: () => null,
      },
      deadline: { at: this.clock.now() + 2000, cause: 'batch', spanMs: 2000 },
      cancel: new Cancel(),
      kind: 'first',
      record: newRecord(),
      ...over,
    }
    this.#made.push(call)
    return call
  }

  /** Answers only on request, and ignores cancel. */
  readonly deaf: SourceCall = (call) => {
    this.#note(call)
    return new Promise((resolve) => this.#ends.push(resolve))
  }

  /** Answers on request or on cancel, like the transport. */
  readonly source: SourceCall = async (call) => {
    let stop = () => {}
    const cut = new Promise<Outcome>((resolve) => {
      stop = call.cancel.onCancel((reason) => resolve(cutShort(call, reason)))
    })
    return Promise.race([this.deaf(call), cut]).finally(stop)
  }

  /** Answers at once with one outcome after another; the last one is repeated. */
  script(...outcomes: readonly Outcome[]): SourceCall {
    let place = 0
    return async (call) => {
      this.#note(call)
      this.#ends.push(() => {})
      const outcome = outcomes[Math.min(place, outcomes.length - 1)] ?? DATA
      place += 1
      return outcome
    }
  }

  /** Ends a call that reached the source, by its index in `reached`. */
  end(place: number, outcome: Outcome = DATA): void {
    this.#ends[place]?.(outcome)
  }

  /** Counts the attempt, like the transport. */
  #note(call: Call): void {
    call.record.effort.attempts += 1
    call.record.effort.sent += 1
    if (call.kind === 'hedge') call.record.effort.hedged = true
    this.reached.push(call)
    this.reachedAt.push(this.clock.now())
  }

  get listeners(): number {
    return [...this.#made, ...this.reached].reduce((sum, { cancel }) => sum + cancel.listeners, 0)
  }
}

/** A source that answers at once. */
export function answering(outcome: Outcome = DATA): SourceCall {
  return async () => outcome
}

/** A test that also checks that no timer and no listener of a cancel remains. */
export function test(name: string, body: (t: Test, bench: Bench) => Promise<void>): void {
  t.test(name, async (t) => {
    const bench = new Bench()
    await body(t, bench)
    await settle()
    t.equal(bench.clock.pending, 0, 'no timer is left')
    t.equal(bench.listeners, 0, 'nobody listens any more')
  })
}
