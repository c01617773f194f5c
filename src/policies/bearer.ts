import type { Policy } from '../core/call.ts'
import { isUnauthorized, type TokenSource, withoutToken } from './authorize.ts'

/**
 * Sends the current token with an attempt (RFC 6750, section 2.1). It may be another one than that for which `authorize`
 * waited: the attempt may have stood in queues meanwhile. With `drops`, it drops a token that the source refuses.
 */
export function bearer(tokens: TokenSource, drops: boolean): Policy {
  return (next) => async (call) => {
    const token = await tokens.take(call.cancel)
    if ('cut' in token) return withoutToken(call, token)
    const headers = [...call.request.headers, 'authorization', `Bearer ${token.value}`]
    const outcome = await next({ ...call, request: { ...call.request, headers } })
    if (drops && isUnauthorized(outcome)) tokens.refuse(token)
    return outcome
  }
}
