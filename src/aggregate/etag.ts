import { hash } from 'node:crypto'

/**
 * A weak entity tag over the data (RFC 9110, section 8.8.3). Weak, because the rest of an answer, such as its request
 * id, differs each time.
 */
export function etagOf(data: Buffer): string {
  return `W/"${hash('sha256', data, 'base64url').slice(0, 22)}"`
}

const TAG = /^(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"$/

/**
 * Whether an If-None-Match header names the tag, by weak comparison (RFC 9110, section 13.1.2). A malformed header names
 * none.
 */
export function isNamed(etag: string, ifNoneMatch: string | undefined): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  // our tags contain no comma, so splitting another's tag at its comma cannot produce one of ours
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim())
  return tags.every((tag) => TAG.test(tag)) && tags.some((tag) => tag.replace(/^W\//, '') === etag.slice(2))
}
