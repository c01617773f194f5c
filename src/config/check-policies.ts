import type { SourceScope } from './scope.ts'
import { formatMs } from './text/units.ts'

/** What the schema can't say of `retry`, `breaker`, `hedge` and the other policies. */
export function checkPolicies(scope: SourceScope): void {
  checkDelays(scope)
  checkSlowRate(scope)
  checkHedge(scope)
  checkNeeded(scope, 'rateLimit', 'max', '50')
  checkNeeded(scope, 'rateLimit', 'per', '1s')
  checkNeeded(scope, 'cache', 'ttl', '30s')
}

function checkDelays({ source, problem, show, at, hasBroken }: SourceScope): void {
  const { retry } = source
  if (retry === null || retry.baseDelayMs <= retry.maxDelayMs || hasBroken('retry')) return
  const path = at('retry', 'baseDelay')
  const first = show(path, formatMs(retry.baseDelayMs))
  const most = show(at('retry', 'maxDelay'), formatMs(retry.maxDelayMs))
  problem(path, `${first} is above maxDelay, which is ${most} for "${source.id}"; lower baseDelay or raise maxDelay`)
}

function checkSlowRate({ written, problem, at, hasBroken }: SourceScope): void {
  const { breaker } = written
  if (!breaker || breaker.slowRate === undefined || breaker.slowAfter !== undefined || hasBroken('breaker')) return
  problem(at('breaker', 'slowRate'), 'needs slowAfter, which says what is slow; write one, or leave slowRate out')
}

function checkHedge({ written, problem, at, hasBroken }: SourceScope): void {
  const { hedge } = written
  if (!hedge || hasBroken('hedge')) return
  const { after, maxExtraLoad } = hedge
  if (after !== undefined && maxExtraLoad !== undefined)
    problem(at('hedge'), 'has both after and maxExtraLoad; leave one out')
  if (after === undefined && maxExtraLoad === undefined)
    problem(at('hedge'), 'has neither after nor maxExtraLoad; write for example after: 80ms')
}

/** The schema requires no key of a block, because `defaults` may hold the others. */
function checkNeeded(
  { written, id, problem, at, hasBroken }: SourceScope,
  key: 'rateLimit' | 'cache',
  within: string,
  example: string,
): void {
  const block = written[key]
  if (!block || Object.hasOwn(block, within) || hasBroken(key)) return
  problem([...at(key), within], `is missing for "${id}"; write for example ${example}`)
}
