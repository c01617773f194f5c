/** Where Redis or Valkey listens, and who we are to it. All of it is secret. */
export interface RedisTarget {
  readonly host: string
  readonly port: number
  readonly tls: boolean
  readonly username: string | null
  readonly password: string | null
  /** Number of the database. */
  readonly db: number
}

const EXAMPLE = 'redis://127.0.0.1:6379'
const NOT_VALID = `is not valid; write for example ${EXAMPLE}, with special characters of the password percent-encoded (# is %23)`

/** Reads a URL of Redis. `problem` is the end of a sentence whose subject is the URL; it shows nothing of it. */
export function parseTarget(text: string): RedisTarget | { readonly problem: string } {
  const url = URL.parse(text)
  if (url === null) return { problem: NOT_VALID }
  const { protocol, username, password, hostname, port, pathname } = url
  if (protocol !== 'redis:' && protocol !== 'rediss:') return { problem: 'must begin with redis:// or rediss:// (TLS)' }
  if (hostname === '') return { problem: `has no host; write for example ${EXAMPLE}` }
  if (url.search !== '' || url.hash !== '')
    return { problem: 'must have no "?" and no "#"; write them as %3F and %23 in a password' }
  const db = /^(?:\/(\d{1,4})?)?$/.exec(pathname)
  if (db === null) return { problem: 'must end with the number of a database, such as /0, or without a path' }
  if (port === '0') return { problem: 'must have a port from 1 to 65535' }
  try {
    return {
      host: decodeURIComponent(hostname).replace(/^\[|\]$/g, ''),
      port: Number(port || 6379),
      tls: protocol === 'rediss:',
      username: decodeURIComponent(username) || null,
      password: decodeURIComponent(password) || null,
      db: Number(db[1] ?? 0),
    }
  } catch {
    return { problem: 'holds a "%" that begins no percent-encoded UTF-8; write it as %25' }
  }
}
