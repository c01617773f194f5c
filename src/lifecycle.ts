/** Where the process is in its life; what readiness answers follows from it. One for the process, whatever reloads. */
export type Phase = 'starting' | 'ready' | 'draining'

/** The process's phase, and how many answers it has in work. */
export class Lifecycle {
  phase: Phase = 'starting'
  /** Answers in work now. */
  inFlight = 0
}
