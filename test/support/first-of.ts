import type { EventEmitter } from 'node:events'

/** Resolves to false at the first of the events, or to true after `ms`. Leaves no listener and no timer. */
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
