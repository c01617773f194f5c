import type { Call } from './call.ts'

/** Events about what clients do not get of a source's answer. */

/** The details of a failure that were not shown to clients. */
export interface DetailsLeftOut {
  readonly call: Call
  /** Why, without values of the body. */
  readonly reason: string
}

/** A header of a source that was not shown to the client, although it is exposed. */
export interface HeaderLeftOut {
  readonly requestId: string
  readonly traceId: string
  readonly source: string
  /** The key in `data`. */
  readonly id: string
  readonly name: string
  /** Why, without its value. */
  readonly reason: string
}
