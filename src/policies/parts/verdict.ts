import type { Call } from '../../core/call.ts'
import { failure } from '../../core/failure.ts'
import { MESSAGES } from '../../core/messages.ts'
import { failed, type Outcome } from '../../core/outcome.ts'
import type { Verdict } from './breaker-state.ts'

/**
 * How an attempt counts for a breaker. A status other than 2xx is still a response, so it counts as good unless the
 * failure `counts`. `slowAfterMs` is null if slowness is ignored.
 */
export function verdictOf({ failure, attemptMs }: Outcome, slowAfterMs: number | null): Verdict {
  if (failure?.counts === true) return 'bad'
  if (failure !== null && failure.code !== 'upstream_status') return 'nothing'
  return slowAfterMs !== null && attemptMs > slowAfterMs ? 'slow' : 'good'
}

/** The outcome of an attempt that no breaker admits. `retryInMs` is when one may; 0 if that is not known. */
export function unavailable(call: Call, retryInMs: number): Outcome {
  const retryAfterMs = retryInMs === 0 ? null : Math.ceil(retryInMs)
  return failed(failure('destination_unavailable', MESSAGES.breakerOpen(call.source), { retryAfterMs }))
}
