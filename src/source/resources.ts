import type { Clock } from '../core/deadline.ts'
import type { Events } from '../core/events.ts'
import type { Pending } from '../core/pending.ts'
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
 * What a source keeps over a reload that leaves its configuration unchanged: its connections, and the state of its
 * policies. Whoever creates it closes it.
 */
export class SourceResources {
  readonly state: SourceState
  readonly transport: Transport
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
  }

  /** Cancels shared calls that still run, and closes all connections: once requests that run on have ended. */
  close(): void {
    this.state.coalesce?.close()
    if (this.#unfinished.size === 0) this.transport.close()
    else void this.#unfinished.settled().then(() => this.transport.close())
  }
}
