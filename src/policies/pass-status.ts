import type { Policy } from '../core/call.ts'
import type { Failure } from '../core/failure.ts'
import type { Outcome } from '../core/outcome.ts'

/** Options of the policy. */
export interface PassedStatuses {
  readonly statuses: readonly number[]
  /** Whether clients may see this value of a header. */
  readonly mayShow: (value: string) => boolean
}

/** The header that a 401 must have (RFC 9110, section 11.6.1). */
export const CHALLENGE = 'www-authenticate'

/** Marks failures with one of these statuses: where such a failure decides, the answer has its status. */
export function passStatus({ statuses, mayShow }: PassedStatuses): Policy {
  return (next) => async (call) => {
    const outcome = await next(call)
    const { failure } = outcome
    const passes = failure === null ? null : statusOf(failure)
    if (failure === null || passes === null || !statuses.includes(passes)) return outcome
    const challenge = passes === 401 ? challengeOf(outcome, mayShow) : {}
    return { ...outcome, failure: { ...failure, passes, ...challenge } }
  }
}

/** The status of the source, which all items of a list must have; null if there is not one. */
function statusOf({ code, upstreamStatus, items = [] }: Failure): number | null {
  const isSame = [{ code, upstreamStatus }, ...items].every((one) => {
    return one.code === 'upstream_status' && one.upstreamStatus === upstreamStatus
  })
  return isSame ? upstreamStatus : null
}

function challengeOf({ headers = [] }: Outcome, mayShow: (value: string) => boolean): { readonly challenge?: string } {
  const challenges = headers.flatMap(({ name, value }) => (name === CHALLENGE && mayShow(value) ? [value] : []))
  return challenges.length === 0 ? {} : { challenge: challenges.join(', ') }
}
