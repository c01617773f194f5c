import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { Pending } from '../core/pending.ts'
import { type Authorization, authorizationFor } from '../oauth2/create.ts'
import { CHALLENGE } from '../policies/pass-status.ts'
import type { Lookups } from '../transport/lookup.ts'
import { Transport } from '../transport/transport.ts'
import type { SourceOptions } from './options.ts'
import { SourceState } from './state.ts'

/** Dependencies of the resources of a source. */
export interface ResourceDependencies {
  readonly clock: Clock
  readonly lookups: Lookups
  readonly events: Events
  /** Requests that run on after their answer. */
  readonly unfinished: Pending
}

/**
 * What a source keeps over a reload that leaves its configuration unchanged: its connections, its access tokens, and the
 * state of its policies. Whoever creates it closes it.
 */
export class SourceResources {
  readonly state: SourceState
  readonly transport: Transport
  /** Null for a source that is sent no access tokens. */
  readonly authorization: Authorization | null
  readonly #unfinished: Pending

  constructor(options: SourceOptions, { clock, lookups, events, unfinished }: ResourceDependencies) {
    this.state = new SourceState(options, clock, events)
    this.#unfinished = unfinished
    const { passStatus, exposeHeaders, errorDetails, template } = options
    const origins = options.origins ?? [template.origin]
    const keptHeaders = [...exposeHeaders, ...(passStatus.includes(401) ? [CHALLENGE] : [])]
    this.transport = new Transport(
      { ...options, origins, keepsErrors: errorDetails !== null, keptHeaders },
      { clock, lookups, events },
    )
    const { id, auth } = options
    const tls = auth && tlsFor(auth.tokenUrl, options.tls, origins)
    this.authorization = auth && authorizationFor(id, auth, { ...options, tls }, { clock, lookups, events })
  }

  /** Its access tokens. Secret: clients may see none of them. */
  get secrets(): readonly string[] {
    return this.authorization?.tokens.values ?? []
  }

  /** Cancels shared calls that still run, and closes all connections: once requests that run on have ended. */
  close(): void {
    this.state.coalesce?.close()
    this.authorization?.close()
    if (this.#unfinished.size === 0) this.transport.close()
    else void this.#unfinished.settled().then(() => this.transport.close())
  }
}

/** `serverName` is the name of the source's hosts, so that another host is asked for under its own name. */
function tlsFor(tokenUrl: string, tls: SourceOptions['tls'], origins: readonly string[]): SourceOptions['tls'] {
  const isSameHost = origins.some((origin) => new URL(origin).hostname === new URL(tokenUrl).hostname)
  return tls === null || isSameHost ? tls : { ...tls, serverName: null }
}
