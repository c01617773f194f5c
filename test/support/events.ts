import { type BugFound, type EventMap, type EventName, Events } from '../../src/core/events.ts'

/** A channel that keeps what is told of one event. */
export function heard<Name extends EventName>(name: Name): { events: Events; told: EventMap[Name][] } {
  const events = new Events()
  const told: EventMap[Name][] = []
  events.listen({ [name]: (event: EventMap[Name]) => told.push(event) })
  return { events, told }
}

/** A channel on which no bug may be told. */
export function withoutBugs(): Events {
  const events = new Events()
  // thrown where nobody catches it: the channel keeps what a listener throws to itself
  events.listen({ bug: ({ source, error }) => setImmediate(() => fail(source, error)) })
  return events
}

function fail(source: BugFound['source'], error: unknown): never {
  throw new Error(`a bug of ${source}`, { cause: error })
}
