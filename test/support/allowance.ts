import { Allowance, type AllowanceLimits } from '../../src/core/allowance.ts'

/** What an answer may cost, as it is without a word in the configuration. */
export const USUAL_ALLOWANCE: AllowanceLimits = { maxAttempts: 1000, maxAnswerBytes: 32 * 1024 ** 2 }

/** An allowance of which nothing is taken. */
export function newAllowance(limits: Partial<AllowanceLimits> = {}): Allowance {
  return new Allowance({ ...USUAL_ALLOWANCE, ...limits })
}
