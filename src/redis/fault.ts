import type { RedisReason } from '../core/events.ts'

/** Why Redis cannot be used. Holds no text of Redis or of the system: these name addresses, users and keys. */
export class RedisFault extends Error {
  readonly reason: RedisReason

  constructor(reason: RedisReason) {
    super(reason)
    this.reason = reason
  }
}

/** By the code of an error reply. */
const BY_REPLY: Readonly<Record<string, RedisReason>> = {
  NOAUTH: 'authentication_failed',
  WRONGPASS: 'authentication_failed',
  NOPERM: 'no_permission',
  READONLY: 'read_only',
  OOM: 'out_of_memory',
  MISCONF: 'cannot_save',
  NOREPLICAS: 'no_replicas',
  // a replica that has lost its primary
  MASTERDOWN: 'read_only',
  LOADING: 'loading',
  BUSY: 'busy',
  CLUSTERDOWN: 'is_a_cluster',
  MOVED: 'is_a_cluster',
}

/** By the code of an error of Node. */
const BY_CODE: Readonly<Record<string, RedisReason>> = {
  ECONNREFUSED: 'connection_refused',
  ETIMEDOUT: 'connection_timeout',
  ENOTFOUND: 'dns_error',
  EAI_AGAIN: 'dns_error',
}

/**
 * The reason that an error reply gives, if it holds for other commands too. Null where only this command is wrong:
 * another program may keep a value of another type under our key. Before Redis 7, the code of an error in a script stands
 * within the sentence.
 */
export function reasonOfReply(message: string): RedisReason | null {
  const [code = ''] = /\b[A-Z]{3,}\b/.exec(message.replace(/^ERR /, '')) ?? []
  return BY_REPLY[code] ?? null
}

/** The reason in an error of the connection. */
export function reasonOfError(error: unknown): RedisReason {
  if (error instanceof RedisFault) return error.reason
  const { code = '' } = error as NodeJS.ErrnoException
  if (/TLS|SSL|CERT|UNABLE_TO|SELF_SIGNED|EPROTO/.test(code)) return 'tls_error'
  return BY_CODE[code] ?? 'connection_terminated'
}
