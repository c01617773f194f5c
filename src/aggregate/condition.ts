import type { Call } from '../core/call.ts'
import { type Failure, failure } from '../core/failure.ts'
import { live, type Outcome } from '../core/outcome.ts'
import type { Source } from '../source/source.ts'
import type { Claims } from './claims.ts'
import type { Needed } from './needed.ts'
import type { Asked } from './params.ts'
import { take } from './take.ts'

/** The outcome of a source whose `when` is false. It does not limit the freshness of the answer. */
export const SKIPPED: Outcome = {
  ...live(null, 0),
  upstreamStatus: null,
  from: 'skipped',
  freshForMs: Number.POSITIVE_INFINITY,
}

/** What a condition is evaluated on. */
export interface Around {
  readonly asked: Asked
  readonly claims: Claims
  /** Outcomes of the sources that it takes values from. */
  readonly needed: readonly Needed[]
}

/**
 * Evaluates the `when` of a source: null if the source is to be called; else the outcome in place of a call. A client
 * that simulates the source has it called whatever its condition says.
 */
export async function insteadOf(call: Call, around: Around): Promise<Outcome | Failure | null> {
  const { source } = around.asked.entry
  const { when } = source.facts
  if (when === null || call.simulation !== undefined) return null
  const data = { source: source.id, outcome: live(dataOf(source, around), 200) }
  const taken = await take(call, data, { select: when.isTrue, limit: 0, isWhole: false, workers: source.workers })
  if ('code' in taken) return taken.code === 'dependency_failed' ? notEvaluated(source.id, taken) : taken
  return taken.value === true ? null : SKIPPED
}

function notEvaluated(id: string, { detail }: Failure): Failure {
  return failure(
    'select_failed',
    `the condition of ${id} could not be evaluated`,
    detail === undefined ? {} : { detail },
  )
}

const NULL = Buffer.from('null')

/** The data as JSON text: bodies are inserted as they are, because most of a large one is not needed. */
function dataOf(source: Source, { asked, claims, needed }: Around): Buffer {
  const head = JSON.stringify({ params: source.jsonOf(asked.params), claims }).slice(0, -1)
  const parts = needed.flatMap(({ source: id, outcome }) => {
    return [Buffer.from(`,${JSON.stringify(id)}:`), outcome.body ?? NULL]
  })
  return Buffer.concat([Buffer.from(head), ...parts, Buffer.from('}')])
}
