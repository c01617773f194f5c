/** Work that waits for a thread, or has one. */
export interface Owned {
  readonly owner: string
}

export interface QueueLimits {
  readonly maxRunning: number
  /** For one owner, so that others do not wait for it however much it has to do, and however long that takes. */
  readonly maxRunningEach: number
  readonly maxWaiting: number
}

/** Who is next: the first one that waits, and whose owner does not have its share of the threads already. */
export class FairQueue<Job extends Owned> {
  readonly #limits: QueueLimits
  readonly #waiting = new Set<Job>()
  readonly #running = new Set<Job>()

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** False where too many wait already. */
  add(job: Job): boolean {
    if (this.#waiting.size >= this.#limits.maxWaiting) return false
    this.#waiting.add(job)
    return true
  }

  /** Takes the next job off the queue, as one that runs; undefined where none can. */
  next(): Job | undefined {
    if (this.#running.size >= this.#limits.maxRunning) return undefined
    const job = this.#waiting.values().find(({ owner }) => this.#share(owner) < this.#limits.maxRunningEach)
    if (job === undefined) return undefined
    this.#waiting.delete(job)
    this.#running.add(job)
    return job
  }

  /** Takes a job off that nobody wants any more; false where it runs already. */
  withdraw(job: Job): boolean {
    return this.#waiting.delete(job)
  }

  /** A job that ran has ended. */
  end(job: Job): void {
    this.#running.delete(job)
  }

  #share(owner: string): number {
    return this.#running.values().reduce((count, job) => (job.owner === owner ? count + 1 : count), 0)
  }
}
