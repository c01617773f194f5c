import type { Shortage } from './shortage.ts'
import { Unsent } from './unsent.ts'

/** The phase of the process, which decides whether it is ready. Reloading the configuration does not change it. */
export type Phase = 'starting' | 'ready' | 'draining'

/** The process's phase and load. */
export class Lifecycle {
  phase: Phase = 'starting'
  /** Requests in progress. */
  inFlight = 0
  /** The resource that the process is short of, by the last samples; null if none. */
  short: Shortage | null = null
  /** Answers that wait for their clients. */
  readonly unsent = new Unsent()

  /** Why the process cannot take another request, as a sentence; null if it can. */
  overload(maxInFlight: number): string | null {
    if (this.short === 'memory') return 'The memory of the service is nearly full.'
    if (this.short === 'time') return 'The service is too busy to answer in time.'
    if (this.inFlight < maxInFlight) return null
    return `The service is working on ${this.inFlight} requests, which is its limit.`
  }
}
