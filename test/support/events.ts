import { type BugFound, type EventMap, type EventName, Events } from '../../src/core/events.ts'

/** An event channel that records all events with this name in `told`. */
export function heard<Name extends EventName>(name: Name): { events: Events; told: EventMap[Name][] } {
  const events = new Events()
  const told: EventMap[Name][] = []
  events.listen({ [name]: (event: EventMap[Name]) => told.push(event) })
  return { events, told }
}

/** An event channel that fails the test on a `bug` event. */
export function withoutBugs(): Events {
  const events = new Events()
  // throw in a later turn, so that nothing catches it: the channel catches errors of listeners
  events.listen({ bug: ({ source, error }) => setImmediate(() => fail(source, error)) })
  return events
}

function fail(source: BugFound['source'], error: unknown): never {
  throw new Error(`a bug of ${source}`, { cause: error })
}
