import { PROBES } from './commands.ts'
import type { Connection } from './connection.ts'
import { RedisFault } from './fault.ts'
import type { Patience } from './patience.ts'

/** Rejects unless all our commands work on the connection, and fast enough for an answer. */
export async function probe(connection: Connection, patience: Patience): Promise<void> {
  const replies = await patience.wait(Promise.all(PROBES.map(({ command }) => connection.call(...command))))
  // it would soon be unavailable again
  if (patience.isResting) throw new RedisFault('slow')
  if (!PROBES.every(({ fits }, n) => fits(replies[n] ?? null))) throw new RedisFault('protocol_error')
}
