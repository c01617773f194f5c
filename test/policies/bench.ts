import t, { type Test } from 'tap'
import { type Call, newRecord, type SourceCall } from '../../src/source/call.ts'
import { Cancel } from '../../src/source/cancel.ts'
import { cutShort, live, type Outcome } from '../../src/source/outcome.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'

export const DATA = live(Buffer.from('{"a":1}'), 200)

/** What a policy's test works with: a clock that stands still, calls to make, and a source that answers when it is told. */
export class Bench {
  readonly clock = new FakeClock()
  /** What reached the source, in order. */
  readonly reached: Call[] = []
  readonly #made: Call[] = []
  readonly #ends: ((outcome: Outcome) => void)[] = []

  /** A call under an answer's deadline 2,000 ms from now. */
  call(id = 'weather', over: Partial<Call> = {}): Call {
    const call: Call = {
      id,
      source: 'weather',
      requestId: 'request',
      traceId: '0'.repeat(31).concat('1'),
      request: { method: 'GET', path: '/', headers: [], body: null },
      deadline: { at: this.clock.now() + 2000, cause: 'batch', spanMs: 2000 },
      cancel: new Cancel(),
      record: newRecord(),
      ...over,
    }
    this.#made.push(call)
    return call
  }

  /** Answers only when it is told to, whatever becomes of the call. */
  readonly deaf: SourceCall = (call) => {
    this.reached.push(call)
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

  /** Ends what reached the source, by its place in the order. */
  end(place: number, outcome: Outcome = DATA): void {
    this.#ends[place]?.(outcome)
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
