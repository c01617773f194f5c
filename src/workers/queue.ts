/** Work that waits for a thread, or has one. */
export interface Owned {
  readonly owner: string
}

export interface QueueLimits {
  readonly maxRunning: number
  /** For one owner, so that others never wait for its work, however much it is. */
  readonly maxRunningEach: number
  readonly maxWaiting: number
  /** An owner is slow if its work took longer than this twice in a row: the first may include a thread's start. */
  readonly slowAfterMs: number
  /** How long an owner counts as slow, in milliseconds. */
  readonly slowForMs: number
  /** A monotonic clock, in milliseconds. */
  readonly now: () => number
}

/**
 * Decides which job is next: one whose owner has the fewest threads, and among several the oldest. No owner ever has
 * all threads, nor have all slow owners together: the others must not wait for them.
 */
export class FairQueue<Job extends Owned> {
  readonly #limits: QueueLimits
  readonly #waiting = new Set<Job>()
  /** The start time of each running job. */
  readonly #running = new Map<Job, number>()
  /** How often in a row an owner's work took too long, and when it last did. */
  readonly #slow = new Map<string, { readonly times: number; readonly at: number }>()

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  /** Adds a job. False if the queue is full. */
  add(job: Job): boolean {
    if (this.#waiting.size >= this.#limits.maxWaiting) return false
    this.#waiting.add(job)
    return true
  }

  /** Removes the next job from the queue and counts it as running; undefined if none may start. */
  next(): Job | undefined {
    const { maxRunning } = this.#limits
    if (this.#running.size >= maxRunning || this.#waiting.size === 0) return undefined
    const shares = this.#shares()
    const slowRunning = [...this.#running.keys()].filter(({ owner }) => this.isSlow(owner)).length
    const job = this.#fairest(shares, slowRunning < maxRunning - 1)
    if (job === undefined) return undefined
    this.#waiting.delete(job)
    this.#running.set(job, this.#limits.now())
    return job
  }

  /** Removes a cancelled job from the queue; false if it is running already. */
  withdraw(job: Job): boolean {
    return this.#waiting.delete(job)
  }

  /** Call it when a running job has ended. */
  end(job: Job): void {
    const { slowAfterMs, now } = this.#limits
    const since = this.#running.get(job) ?? now()
    this.#running.delete(job)
    const before = this.#slow.get(job.owner)
    if (now() - since <= slowAfterMs) this.#slow.delete(job.owner)
    // jobs that ran side by side waited for the start of the same threads: they count once
    else if (before === undefined || since >= before.at) {
      this.#slow.set(job.owner, { times: (before?.times ?? 0) + 1, at: now() })
    }
  }

  #fairest(shares: ReadonlyMap<string, number>, slowToo: boolean): Job | undefined {
    let [fairest, fewest]: [Job | undefined, number] = [undefined, this.#limits.maxRunningEach]
    for (const job of this.#waiting) {
      const share = shares.get(job.owner) ?? 0
      if (share >= fewest || (!slowToo && this.isSlow(job.owner))) continue
      fairest = job
      fewest = share
      if (share === 0) break
    }
    return fairest
  }

  /** The number of threads of each owner. */
  #shares(): ReadonlyMap<string, number> {
    const shares = new Map<string, number>()
    for (const { owner } of this.#running.keys()) shares.set(owner, (shares.get(owner) ?? 0) + 1)
    return shares
  }

  /** Whether this owner's work took too long recently, or is running for far too long now. */
  isSlow(owner: string): boolean {
    const { slowAfterMs, slowForMs } = this.#limits
    const now = this.#limits.now()
    const { times = 0, at = 0 } = this.#slow.get(owner) ?? {}
    if (times > 1 && now - at < slowForMs) return true
    return this.#running.entries().some(([job, since]) => job.owner === owner && now - since > 4 * slowAfterMs)
  }
}
