import type { EventEmitter } from 'node:events'

/** Until the first of the events, or the time when there is one. Leaves no listener and no timer. */
export function firstOf(emitter: EventEmitter, events: readonly string[], ms?: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(done, ms)
    function done(): void {
      clearTimeout(timer)
      for (const event of events) emitter.off(event, done)
      resolve()
    }
    for (const event of events) emitter.on(event, done)
  })
}
