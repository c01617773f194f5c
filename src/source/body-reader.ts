import type { Cancel } from '../core/cancel.ts'
import { LOOP_STEPS } from '../json/jmespath.ts'
import { compileGuard, schemaSteps } from '../json/json-schema.ts'
import { keepValue } from '../json/values.ts'
import { weighsAtMost } from '../json/weight.ts'
import type { Decoded, Decoding, Misfit } from '../policies/decode.ts'
import { type BodyRules, readData, type WrittenRules } from './decoding.ts'
import type { Format } from './formats.ts'
import { LoopTurns } from './loop-turns.ts'
import type { SourceOptions } from './options.ts'
import { type Done, taken, type Workers } from './work.ts'

/**
 * Up to so many bytes are read on the event loop. Hostile ones take 3 to 9 ms then (64 KB of `[`: 3 ms, 16 KB of XML with
 * 900 attributes in each element: 9 ms); a worker thread takes 0.2 ms to ask.
 */
const MOST_BYTES: Readonly<Record<Format, number>> = { json: 64 * 1024, xml: 16 * 1024, text: 256 * 1024 }
/** Of what is no JSON, each byte weighs no more (weight.ts): `<a/>` is a value, and a text may have to be escaped. */
const BYTE_WEIGHT = { xml: 0.3, text: 0.1 } as const

/** Below it a body takes less time to read than its attempt takes otherwise, so that many are no more of a burden. */
const UNCOUNTED_BYTES = 4 * 1024
/** One for all sources, as there is one event loop. */
const turns = new LoopTurns()

/** What is sent to a worker thread to read a body. */
export interface DecodeTask {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The rules as JSON text, by which the thread knows them again. */
  readonly rules: string
}

/** The data as JSON text: the very bytes that were sent, where they are JSON and all wanted. Null where it says null. */
export type DecodeResult = Misfit | { readonly json: Uint8Array | null }

type ReaderOptions = Pick<SourceOptions, 'id' | 'format' | 'select' | 'schema' | 'validate' | 'isRead'>

/** Reads the bodies of a source: small ones here and now, large ones and long expressions in a worker thread. */
export function bodyReader(options: ReaderOptions, workers: Workers): Decoding['read'] {
  const { id, format, isRead, validate, select } = options
  const schema = validate ? options.schema : null
  const written: WrittenRules = { format, select: select?.text ?? null, schema }
  const rules: BodyRules = { format, select, check: schema && compileGuard(schema) }
  const text = JSON.stringify(written)
  const maxWeight = Math.min(
    select?.maxWeight ?? Number.POSITIVE_INFINITY,
    schema === null ? Number.POSITIVE_INFINITY : LOOP_STEPS / schemaSteps(schema),
  )

  const here = (bytes: Buffer): Decoded => {
    const data = readData(bytes, rules)
    if ('misfit' in data) return data
    if (data.value === null) return { body: null }
    if (isRead) keepValue(data.json, data.value)
    return { body: data.json }
  }
  const apart = async (bytes: Buffer, cancel: Cancel): Promise<Decoded> => {
    const message = () => {
      const task: DecodeTask = { bytes: taken(bytes), rules: text }
      return { task, transfer: [task.bytes.buffer] }
    }
    const done = await workers.run<DecodeResult>({ name: 'decode', owner: id, message }, cancel)
    return decodedOf(done, written)
  }
  const read: Decoding['read'] = (bytes, cancel) =>
    isQuick(bytes, format, maxWeight) ? here(bytes) : apart(bytes, cancel)
  return (bytes, cancel) =>
    bytes.length < UNCOUNTED_BYTES ? read(bytes, cancel) : turns.run(() => read(bytes, cancel))
}

function isQuick(bytes: Buffer, format: Format, maxWeight: number): boolean {
  if (bytes.length > MOST_BYTES[format]) return false
  if (maxWeight === Number.POSITIVE_INFINITY) return true
  if (format === 'json') return weighsAtMost(maxWeight, [bytes])
  return 1 + bytes.length * BYTE_WEIGHT[format] <= maxWeight
}

function decodedOf(done: Done<DecodeResult>, { select, schema }: WrittenRules): Decoded {
  if ('cut' in done) return done
  if ('lost' in done) {
    if (done.lost === 'queue') return { busy: true }
    const misfit = select !== null ? 'select' : schema !== null ? 'schema' : 'format'
    return { misfit, detail: 'reading it took more memory than a worker thread may have' }
  }
  const { result } = done
  if ('misfit' in result) return result
  return { body: result.json && Buffer.from(result.json.buffer, result.json.byteOffset, result.json.byteLength) }
}
