import { constants, setPriority } from 'node:os'
import { isMainThread } from 'node:worker_threads'
import { Tinypool } from 'tinypool'
import type { MatchResult, MatchTask } from '../aggregate/match.ts'
import type { ShapeResult, ShapeTask } from '../aggregate/shaped.ts'
import type { TakeResult, TakeTask } from '../aggregate/take.ts'
import type { DecodeResult, DecodeTask } from '../source/body-reader.ts'
import { decodeBody } from './decode.ts'
import { matchItems } from './match.ts'
import { shapeBodies } from './shape.ts'
import { takePart } from './take.ts'

/** The tasks of worker threads. Bodies and data are transferred as bytes: cloning values costs as much as parsing. */

// On Linux, the priority is that of this thread, so that the event loop's thread comes first. On other systems it would
// be the priority of the whole process.
if (process.platform === 'linux' && !isMainThread) setPriority(constants.priority.PRIORITY_BELOW_NORMAL)

/** Reads a body; see src/source/body-reader.ts. */
export async function decode(task: DecodeTask): Promise<DecodeResult> {
  const result = await decodeBody(task)
  if (!('json' in result) || result.json === null) return result
  // a byte order mark may precede the data
  const json = result.json.buffer === task.bytes.buffer ? result.json : ownBytes(result.json)
  return moved({ ...result, json }, [json])
}

/** Takes a part of a source's data for another source; see src/aggregate/take.ts. The part is cloned: it is scalars. */
export function take(task: TakeTask): TakeResult {
  return takePart(task)
}

/** Finds elements of a list by their keys; see src/aggregate/match.ts. */
export function match(task: MatchTask): MatchResult {
  return matchItems(task)
}

/** Evaluates a view's shape; see src/aggregate/shaped.ts. */
export function shape(task: ShapeTask): ShapeResult {
  const { parts, lost } = shapeBodies(task)
  const owned = parts.map(({ json, error }) => ({ json: ownBytes(json), error }))
  const bytes = owned.map(({ json }) => json)
  return moved({ parts: owned, lost }, bytes)
}

/** A copy if needed: Node's buffers may be part of its pool, which cannot be transferred. */
function ownBytes(bytes: Uint8Array): Uint8Array {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes : new Uint8Array(bytes)
}

function moved<Result extends object>(result: Result, bytes: readonly Uint8Array[]): Result {
  const buffers = [...new Set(bytes.map(({ buffer }) => buffer))]
  const movable = { [Tinypool.transferableSymbol]: buffers, [Tinypool.valueSymbol]: result }
  return Tinypool.move(movable as never) as never
}
