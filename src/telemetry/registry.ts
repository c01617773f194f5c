import type { Clock } from '../core/deadline.ts'
import type { Listeners } from '../core/events.ts'
import type { Sampler } from '../core/trace.ts'
import type { Logger } from './logger.ts'

/** How long sending the last spans may take, in milliseconds. */
export const CLOSE_TIMEOUT_MS = 1000

/** Records traces. */
export interface Tracing {
  /** Asked once for each request. */
  readonly sampler: Sampler
  /** The listeners that make spans of events. `logger` is told when spans are lost. */
  listeners(clock: Clock, logger: Logger): Listeners
  /** Sends the spans that are left, within `CLOSE_TIMEOUT_MS`. Never rejects. */
  close(): Promise<void>
}

/** Starts tracing; null if the environment switches it off. Rejects with a sentence for people. */
export type StartTracing = () => Promise<Tracing | null>

let registered: StartTracing | undefined

/**
 * Registers tracing, at the start of a process: a module that `node --import` loads cannot reach the service in another
 * way. Nothing is loaded before the service starts, because commands and worker threads load such a module too.
 */
export function registerTracing(start: StartTracing): void {
  registered = start
}

/** Starts the registered tracing; null without one. */
export async function startTracing(): Promise<Tracing | null> {
  return (await registered?.()) ?? null
}
