import type { Conclusion } from './answer.ts'
import { failedSource, sourceMeta } from './envelope.ts'
import type { Plan } from './plan.ts'
import type { Settled } from './run.ts'

/** The records of a streamed answer, as JSON text in one line each: one per source as it settles, then the end. */

/** The record of a source that has settled: its data, its failure, or both where the data is a substitute. */
export function sourceRecord(plan: Plan, settled: Settled): Buffer {
  const { node, outcome } = settled
  const failure = failedSource(settled)
  const ok = failure === null || outcome.body !== null
  const head = JSON.stringify({ id: node.key, source: node.source, ok }).slice(0, -1)
  const data = ok ? [Buffer.from(',"data":'), oneLine(outcome.body ?? NULL)] : []
  const rest = {
    ...(failure === null ? {} : { failure }),
    ...(plan.explain ? { meta: sourceMeta(plan, settled) } : {}),
  }
  const tail = JSON.stringify(rest).slice(1)
  return Buffer.concat([Buffer.from(head), ...data, Buffer.from(tail === '}' ? tail : `,${tail}`)])
}

/** The last record. Its status is what the plain answer would have had. */
export function doneRecord({ status, partial, failedSources, meta }: Conclusion): Buffer {
  return Buffer.from(JSON.stringify({ done: true, status, partial, failedSources, meta }))
}

const NULL = Buffer.from('null')
const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const SPACE = 0x20

/** Replaces line breaks by spaces. In JSON text they stand between tokens only: within strings they are escaped. */
function oneLine(json: Buffer): Buffer {
  if (!json.includes(LINE_FEED) && !json.includes(CARRIAGE_RETURN)) return json
  const line = Buffer.from(json)
  for (const byte of [LINE_FEED, CARRIAGE_RETURN]) {
    for (let index = line.indexOf(byte); index >= 0; index = line.indexOf(byte, index + 1)) line[index] = SPACE
  }
  return line
}
