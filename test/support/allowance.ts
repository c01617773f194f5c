import { Allowance, type AllowanceLimits } from '../../src/core/allowance.ts'

/** The default limits of one answer. */
export const USUAL_ALLOWANCE: AllowanceLimits = { maxAttempts: 1000, maxAnswerBytes: 32 * 1024 ** 2 }

/** A new allowance, of which nothing is used. */
export function newAllowance(limits: Partial<AllowanceLimits> = {}): Allowance {
  return new Allowance({ ...USUAL_ALLOWANCE, ...limits })
}
