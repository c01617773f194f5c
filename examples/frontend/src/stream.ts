import { createQuerySerializer } from 'openapi-fetch'
import type { operations } from './api.d.ts'

type Aggregate = operations['aggregate']
/** The document describes the records as lines of NDJSON; server-sent events have the same records as their data. */
type StreamRecord = Aggregate['responses'][200]['content']['application/x-ndjson']

export type Query = NonNullable<Aggregate['parameters']['query']>
/** The last record. */
export type Done = Extract<StreamRecord, { done: true }>
/** A source that has settled: with its data if `ok`, else with its failure. */
export type Settled = Exclude<StreamRecord, Done>

interface Listener {
  settled(record: Settled): void
  done(record: Done): void
  /** There will be no more records: the service cannot be reached, or has refused the request. */
  lost(): void
}

const serialize = createQuerySerializer<Query>()

/** Asks the service, and passes on each source as it settles. Returns a function that stops it. */
export function watch(query: Query, { settled, done, lost }: Listener): () => void {
  const events = new EventSource(`/aggregate?${serialize(query)}`)
  events.addEventListener('source', ({ data }) => settled(JSON.parse(data)))
  events.addEventListener('done', ({ data }) => {
    // the server has closed the connection, and the browser would open a new one
    events.close()
    done(JSON.parse(data))
  })
  events.addEventListener('error', () => {
    events.close()
    lost()
  })
  return () => events.close()
}
