import { getHeapStatistics } from 'node:v8'
import { Tinypool } from 'tinypool'
import type { Cancel, CancelReason } from '../core/cancel.ts'
import type { Done, Work, Workers } from '../source/work.ts'
import { FairQueue } from './queue.ts'

/** A thread takes 40 MB or more, and 0.2 s to start. All but the first start on demand, and end when idle. */
const MAX_THREADS = 3
const IDLE_MS = 30_000
/** The most bodies and expressions that may wait for a thread. */
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
 * How long a thread may go on with cancelled work before it is ended. Starting a new thread takes longer, so work that
 * finishes within this time is not interrupted.
 */
const GRACE_MS = 100

const LEAST_HEAP_MB = 64
/** The largest heap of a worker thread. */
export const MOST_HEAP_MB = 512
/**
 * The size of the young generation. With the default of 48 MB, one collection can promote more than the 16 MB that Node
 * adds to a thread's heap at the limit (src/node_worker.cc, kExtraHeapAllowance): V8 then aborts the process.
 */
const YOUNG_MB = 16

/** Worker threads for large bodies and long expressions. The first one starts with the first piece of work. */
export class WorkerPool implements Workers {
  readonly #queue = new FairQueue<Job>(LIMITS)
  #threads: Tinypool | undefined
  #slowThreads: Tinypool | undefined
  #closed = false

  /** Runs work in a thread. Resolves also if it is cancelled, or lost for want of room; rejects only on a bug. */
  run<Result>(work: Work, cancel: Cancel): Promise<Done<Result>> {
    if (cancel.reason !== null) return Promise.resolve({ cut: cancel.reason })
    if (this.#closed) return Promise.resolve(CLOSED)
    const job = new Job(work)
    if (!this.#queue.add(job)) return Promise.resolve({ lost: 'queue' })
    const unlisten = cancel.onCancel((reason) => this.#callOff(job, reason))
    this.#startNext()
    return job.done.finally(unlisten) as Promise<Done<Result>>
  }

  /** Ends all threads. Running and waiting work is cancelled. */
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
   * Slow owners have separate threads. Their work is often ended together with its thread; their next work would then
   * take an idle thread of another owner, which would have to wait for a new thread to start.
   */
  #poolFor({ owner }: Job): Tinypool {
    if (this.#queue.isSlow(owner)) {
      this.#slowThreads ??= newThreads(MAX_THREADS - 1)
      return this.#slowThreads
    }
    this.#threads ??= newThreads(MAX_THREADS)
    return this.#threads
  }
}

/**
 * tinypool 2.2 (dist/index.js, onMessage) counts a thread as available if it sends a last message while it is being
 * terminated. The next task that it gets fails with this error. It cannot run again: its memory was transferred.
 */
const TERMINATED = 'Terminating worker thread'

const CLOSED: Done<never> = { cut: 'client' }

/** One piece of work and the promise of its result. The first of completion and cancellation settles the promise. */
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

  /** Ends the thread that runs this job, unless it is done before. */
  stopIn(delayMs: number): void {
    this.#timer = setTimeout(() => this.#stop.abort(), delayMs)
  }

  async runIn(threads: Tinypool): Promise<unknown> {
    const { name, message } = this.#work
    const { task, transfer } = message()
    try {
      return await threads.run(task, { name, transferList: { transfer: [...transfer] }, signal: this.#stop.signal })
    } finally {
      clearTimeout(this.#timer)
    }
  }
}

function newThreads(maxThreads: number): Tinypool {
  const heapMb = getHeapStatistics().heap_size_limit / 2 ** 20
  const threads = new Tinypool({
    filename: new URL('worker.ts', import.meta.url).href,
    minThreads: 1,
    maxThreads,
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
