import type { Shortage } from './shortage.ts'

/** Where the process is in its life; what readiness answers follows from it. One for the process, whatever reloads. */
export type Phase = 'starting' | 'ready' | 'draining'

/** The process's phase, and how much work it has. */
export class Lifecycle {
  phase: Phase = 'starting'
  /** Answers in work now. */
  inFlight = 0
  /** What the process has been short of in the last samples; null while there is room. */
  short: Shortage | null = null

  /** Why no answer more can be worked on, as a sentence; null if one can. */
  overload(maxInFlight: number): string | null {
    if (this.short === 'memory') return 'The memory of the service is nearly full.'
    if (this.short === 'time') return 'The service is too busy to answer in time.'
    if (this.inFlight < maxInFlight) return null
    return `The service is working on ${this.inFlight} requests, which is its limit.`
  }
}
