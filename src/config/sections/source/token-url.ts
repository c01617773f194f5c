import { isPrivateLiteral } from '../../../transport/lookup.ts'

/** Why requests for tokens cannot go to this address, as the end of a sentence; null if they can. */
export function tokenUrlProblem(tokenUrl: string, denyPrivateAddresses: boolean): string | null {
  if (/[{}]/.test(tokenUrl)) return 'can hold no variable; write the whole address'
  const url = URL.parse(tokenUrl)
  if (url === null || !/^https?:\/\/[^/]/i.test(tokenUrl)) return 'must be a URL that begins with https:// or http://'
  // the URL parser drops or replaces these
  if (/[\s\p{Cc}\\]/u.test(tokenUrl)) return 'holds a space, a control character or a backslash; look at its end'
  if (url.port === '0') return 'must have a port from 1 to 65535'
  if (url.username !== '' || url.password !== '')
    return 'can hold no user or password; write them as clientId and clientSecret'
  if (url.hash !== '' || tokenUrl.endsWith('#'))
    return 'can hold no fragment (RFC 6749, section 3.2); leave out what begins with #'
  if (denyPrivateAddresses && isPrivateLiteral(url.hostname.replace(/^\[|\]$/g, '')))
    return 'its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host'
  return null
}
