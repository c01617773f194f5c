import { getHeapStatistics } from 'node:v8'
import { Tinypool } from 'tinypool'
import type { Cancel, CancelReason } from '../core/cancel.ts'
import type { Done, Work, Workers } from '../source/work.ts'
import { FairQueue } from './queue.ts'

/** Each takes 40 MB and more, and 0.2 s to start. The second and third start when there is work for them, and end when there is none. */
const MAX_THREADS = 3
const IDLE_MS = 30_000
/** Bodies and expressions that may wait for a thread. */
export const MAX_TASKS = 1000
const LIMITS = {
  maxRunning: MAX_THREADS,
  maxRunningEach: MAX_THREADS - 1,
  maxWaiting: MAX_TASKS,
  slowAfterMs: 250,
  slowForMs: 60_000,
  now: () => performance.now(),
}
/**
 * How long a thread may go on with what was called off. A new one takes longer to start, so what ends by itself in that
 * time is let.
 */
const GRACE_MS = 100

const LEAST_HEAP_MB = 64
/** The most that a worker thread's heap may hold. */
export const MOST_HEAP_MB = 512
/**
 * With the default of 48 MB, one collection may move more than the 16 MB that Node gives a thread at its limit to end in
 * (src/node_worker.cc, kExtraHeapAllowance): V8 then ends the process.
 */
const YOUNG_MB = 16

/** Worker threads for large bodies and long expressions. The first one starts with the first piece of work. */
export class WorkerPool implements Workers {
  readonly #queue = new FairQueue<Job>(LIMITS)
  #threads: Tinypool | undefined
  #slowThreads: Tinypool | undefined
  #closed = false

  /** Rejects where the work fails in a way that is a bug. */
  run<Result>(work: Work, cancel: Cancel): Promise<Done<Result>> {
    if (cancel.reason !== null) return Promise.resolve({ cut: cancel.reason })
    if (this.#closed) return Promise.resolve(CLOSED)
    const job = new Job(work)
    if (!this.#queue.add(job)) return Promise.resolve({ lost: 'queue' })
    const unlisten = cancel.onCancel((reason) => this.#callOff(job, reason))
    this.#startNext()
    return job.done.finally(unlisten) as Promise<Done<Result>>
  }

  /** Ends all threads; what they do or would do is called off. */
  async close(): Promise<void> {
    this.#closed = true
    this.#startNext()
    await Promise.all([this.#threads?.destroy(), this.#slowThreads?.destroy()])
  }

  #callOff(job: Job, reason: CancelReason): void {
    job.settle({ cut: reason })
    if (!this.#queue.withdraw(job)) job.stopIn(GRACE_MS)
  }

  #startNext(): void {
    for (let job = this.#queue.next(); job !== undefined; job = this.#queue.next()) void this.#start(job)
  }

  async #start(job: Job): Promise<void> {
    try {
      job.settle(this.#closed ? CLOSED : { result: await job.runIn(this.#poolFor(job)) })
    } catch (error) {
      if (this.#closed) job.settle(CLOSED)
      else if ((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY') job.settle({ lost: 'memory' })
      else if ((error as Error).message === TERMINATED) job.settle({ lost: 'queue' })
      else job.fail(error)
    } finally {
      this.#queue.end(job)
      this.#startNext()
    }
  }

  /**
   * Slow owners have threads of their own. Their work is often ended together with its thread, and their next work would
   * take the idle thread of somebody else, who would have to wait for a new one to start.
   */
  #poolFor({ owner }: Job): Tinypool {
    if (this.#queue.isSlow(owner)) {
      this.#slowThreads ??= newThreads()
      return this.#slowThreads
    }
    this.#threads ??= newThreads()
    return this.#threads
  }
}

/**
 * tinypool 2.2 (dist/index.js, onMessage) counts a thread as available again when a last message comes from it while it
 * is being terminated, and gives it the next task, which ends with this error. Its memory has been transferred, so that
 * it cannot be run again.
 */
const TERMINATED = 'Terminating worker thread'

const CLOSED: Done<never> = { cut: 'client' }

/** One piece of work, and who waits for it. What comes first of its end and its being called off counts. */
class Job {
  readonly owner: string
  readonly done: Promise<Done<unknown>>
  readonly #work: Work
  readonly #stop = new AbortController()
  readonly #resolvers = Promise.withResolvers<Done<unknown>>()
  #timer: NodeJS.Timeout | undefined

  constructor(work: Work) {
    this.owner = work.owner
    this.done = this.#resolvers.promise
    this.#work = work
  }

  settle(done: Done<unknown>): void {
    this.#resolvers.resolve(done)
  }

  fail(error: unknown): void {
    this.#resolvers.reject(error)
  }

  /** Ends the thread that does it, unless it is done before. */
  stopIn(delayMs: number): void {
    this.#timer = setTimeout(() => this.#stop.abort(), delayMs)
  }

  async runIn(threads: Tinypool): Promise<unknown> {
    const { name, message } = this.#work
    const { task, transfer } = message()
    try {
      return await threads.run(task, { name, transferList: [...transfer], signal: this.#stop.signal })
    } finally {
      clearTimeout(this.#timer)
    }
  }
}

function newThreads(): Tinypool {
  const heapMb = getHeapStatistics().heap_size_limit / 2 ** 20
  const threads = new Tinypool({
    filename: new URL('worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads: MAX_THREADS,
    idleTimeout: IDLE_MS,
    resourceLimits: {
      maxOldGenerationSizeMb: Math.max(LEAST_HEAP_MB, Math.min(MOST_HEAP_MB, Math.floor(heapMb / 4))),
      maxYoungGenerationSizeMb: YOUNG_MB,
    },
  })
  // the pool replaces a thread that ends while it is idle, so there is no failure to report
  threads.on('error', () => {})
  return threads
}
