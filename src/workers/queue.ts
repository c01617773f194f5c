/** Work that waits for a thread, or has one. */
export interface Owned {
  readonly owner: string
}

export interface QueueLimits {
  readonly maxRunning: number
  /** For one owner, so that others do not wait for it however much it has to do, and however long that takes. */
  readonly maxRunningEach: number
  readonly maxWaiting: number
  /** An owner whose work took longer than this, in milliseconds, twice in a row is a slow one: once it may be a thread's start. */
  readonly slowAfterMs: number
  /** How long it counts as one, in milliseconds. */
  readonly slowForMs: number
  /** Milliseconds on a scale that never jumps. */
  readonly now: () => number
}

/**
 * Who is next: of those who wait, one whose owner has the fewest threads, and of several the one that came first. No
 * owner has all threads, and the slow ones together never do either: several of them must not keep the others waiting.
 */
export class FairQueue<Job extends Owned> {
  readonly #limits: QueueLimits
  readonly #waiting = new Set<Job>()
  /** When each started. */
  readonly #running = new Map<Job, number>()
  /** How often in a row an owner's work took long, and when it last did. */
  readonly #slow = new Map<string, { readonly times: number; readonly at: number }>()

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

  /** Takes a job off that nobody wants any more; false where it runs already. */
  withdraw(job: Job): boolean {
    return this.#waiting.delete(job)
  }

  /** A job that ran has ended. */
  end(job: Job): void {
    const { slowAfterMs, now } = this.#limits
    const tookMs = now() - (this.#running.get(job) ?? now())
    this.#running.delete(job)
    if (tookMs <= slowAfterMs) this.#slow.delete(job.owner)
    else this.#slow.set(job.owner, { times: (this.#slow.get(job.owner)?.times ?? 0) + 1, at: now() })
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

  /** How many threads each owner has. */
  #shares(): ReadonlyMap<string, number> {
    const shares = new Map<string, number>()
    for (const { owner } of this.#running.keys()) shares.set(owner, (shares.get(owner) ?? 0) + 1)
    return shares
  }

  /** Whether this owner's work took long lately, or takes very long now. */
  isSlow(owner: string): boolean {
    const { slowAfterMs, slowForMs } = this.#limits
    const now = this.#limits.now()
    const { times = 0, at = 0 } = this.#slow.get(owner) ?? {}
    if (times > 1 && now - at < slowForMs) return true
    return this.#running.entries().some(([job, since]) => job.owner === owner && now - since > 4 * slowAfterMs)
  }
}
