import { createHash } from 'node:crypto'

/**
 * Identifies a client in `Client.key`: equal for equal parts in every process, of one length, and without the parts
 * themselves, which may be secret.
 */
export function clientKey(kind: 'key' | 'token', parts: readonly (string | null)[]): string {
  // JSON, so that different lists of parts have different texts
  const digest = createHash('sha256')
    .update(JSON.stringify([kind, ...parts]))
    .digest('base64url')
  return `${kind}:${digest.slice(0, 22)}`
}
