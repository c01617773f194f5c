import type { EventEmitter } from 'node:events'

/** Until the first of the events, or the time when there is one: then true. Leaves no listener and no timer. */
export function firstOf(emitter: EventEmitter, events: readonly string[], ms?: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = ms === undefined ? undefined : setTimeout(() => done(true), ms)
    const happened = () => done(false)
    function done(late: boolean): void {
      clearTimeout(timer)
      for (const event of events) emitter.off(event, happened)
      resolve(late)
    }
    for (const event of events) emitter.on(event, happened)
  })
}
