import t, { type Test } from 'tap'
import { type Call, newRecord, type SourceCall } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { type FailureCode, failure, statusFailure } from '../../src/core/failure.ts'
import { cutShort, failed, live, type Outcome } from '../../src/core/outcome.ts'
import { newAllowance } from '../support/allowance.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'

export const DATA = live(Buffer.from('{"a":1}'), 200)

/** Each is an outcome of its own, so that a test can tell which one came out. */
export const failing = (code: FailureCode): Outcome => failed(failure(code, code))
export const status = (code: number, retryAfterMs: number | null = null): Outcome =>
  failed(statusFailure('weather', code, retryAfterMs))

/** What a policy's test works with: a clock that stands still, calls to make, and a source that answers when it is told. */
export class Bench {
  readonly clock = new FakeClock()
  /** What reached the source, in order. */
  readonly reached: Call[] = []
  /** And when, on the clock. */
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
        trace: { traceId: '0'.repeat(31).concat('1'), flags: '01' },
        made: new Map(),
        allowance: newAllowance(),
      },
      request: { method: 'GET', path: '/', headers: [], body: null, key: 'GET /', shown: () => null },
      deadline: { at: this.clock.now() + 2000, cause: 'batch', spanMs: 2000 },
      cancel: new Cancel(),
      kind: 'first',
      record: newRecord(),
      ...over,
    }
    this.#made.push(call)
    return call
  }

  /** Answers only when it is told to, whatever becomes of the call. */
  readonly deaf: SourceCall = (call) => {
    this.#note(call)
    return new Promise((resolve) => this.#ends.push(resolve))
  }

  /** Answers when it is told to, or is called off, as the transport does. */
  readonly source: SourceCall = async (call) => {
    let stop = () => {}
    const cut = new Promise<Outcome>((resolve) => {
      stop = call.cancel.onCancel((reason) => resolve(cutShort(call, reason)))
    })
    return Promise.race([this.deaf(call), cut]).finally(stop)
  }

  /** Answers at once with one outcome after another, and the last one from then on. */
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

  /** Ends what reached the source, by its place in the order. */
  end(place: number, outcome: Outcome = DATA): void {
    this.#ends[place]?.(outcome)
  }

  /** As the transport does. */
  #note(call: Call): void {
    call.record.effort.attempts += 1
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

/** A test after which no timer is left set and nobody listens for a cancel any more. */
export function test(name: string, body: (t: Test, bench: Bench) => Promise<void>): void {
  t.test(name, async (t) => {
    const bench = new Bench()
    await body(t, bench)
    await settle()
    t.equal(bench.clock.pending, 0, 'no timer is left')
    t.equal(bench.listeners, 0, 'nobody listens any more')
  })
}
