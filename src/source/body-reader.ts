import type { Cancel } from '../core/cancel.ts'
import { type Expression, LOOP_STEPS } from '../json/jmespath.ts'
import { weightWithin } from '../json/jmespath-cost.ts'
import { schemaSteps } from '../json/json-schema.ts'
import { parseCostMs } from '../json/parse-cost.ts'
import { keepValue } from '../json/values.ts'
import { weighsAtMost } from '../json/weight.ts'
import type { Decoded, Decoding, Misfit } from '../policies/decode.ts'
import { type BodyRules, readData, tooLarge, type WrittenRules } from './decoding.ts'
import { withoutSecrets } from './error-details.ts'
import type { Format } from './formats.ts'
import { LoopTurns } from './loop-turns.ts'
import type { SourceOptions } from './options.ts'
import type { Secrets } from './secrets.ts'
import { validation } from './validation.ts'
import { type Done, taken, type Workers } from './work.ts'

/**
 * Maximum body size in bytes that is read on the event loop. Hostile bodies of this size take 3 to 5 ms (64 KB of `[`,
 * 16 KB of XML); starting a task in a worker thread costs 0.2 ms.
 */
const MOST_BYTES: Readonly<Record<Format, number>> = { json: 64 * 1024, xml: 16 * 1024, text: 256 * 1024 }
/**
 * Larger JSON of which no value is used is read on the event loop if parsing it takes at most so long by an estimate,
 * in milliseconds: with a worker thread, a typical body of 100 KB costs twice the processor time.
 */
const MOST_PARSE_MS = 3.5
/** Larger bodies are read in a worker thread whatever the estimate: starting a task costs little beside that. */
const MOST_ESTIMATED_BYTES = 512 * 1024
/**
 * Upper bound of the weight per byte (weight.ts) for formats other than JSON: `<a/>` becomes a value, and text may have
 * to be escaped.
 */
const BYTE_WEIGHT = { xml: 0.3, text: 0.1 } as const

/** Smaller bodies, in bytes, do not count for `turns`: reading one takes less time than the rest of its attempt. */
const UNCOUNTED_BYTES = 4 * 1024
/** Shared by all sources, because there is one event loop. */
const turns = new LoopTurns()

/** Task for a worker thread: read a body. */
export interface DecodeTask {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** `WrittenRules` as JSON text; the thread caches the compiled rules by this text. */
  readonly rules: string
  /** What the source says of the bytes; null for nothing. */
  readonly charset: string | null
}

/** The data as JSON text; the same bytes if the body is JSON and nothing is selected. Null if the data is null. */
export type DecodeResult = Misfit | { readonly json: Uint8Array | null; readonly pointers?: readonly string[] }

type ReaderOptions = Pick<
  SourceOptions,
  'id' | 'format' | 'failWhen' | 'errorDetails' | 'select' | 'schema' | 'validate' | 'isRead'
>

/** Dependencies of a reader. */
export interface ReaderDependencies {
  readonly workers: Workers
  /** What clients may never see. */
  readonly secrets: Secrets
}

/**
 * Creates the function that reads the bodies of a source: small bodies on the event loop, large ones and expensive
 * expressions in a worker thread.
 */
export function bodyReader(options: ReaderOptions, { workers, secrets }: ReaderDependencies): Decoding['read'] {
  const { id, format, isRead, validate, failWhen, errorDetails, select } = options
  const schema = validate === false ? null : options.schema
  const warns = validate === 'warn'
  const written: WrittenRules = {
    format,
    failWhen: failWhen?.text ?? null,
    errorDetails: errorDetails?.text ?? null,
    select: select?.text ?? null,
    schema,
    warns,
  }
  const rules: BodyRules = { format, failWhen, errorDetails, select, ...validation(schema, warns) }
  const text = JSON.stringify(written)
  const maxWeight = Math.min(
    heaviestFor([failWhen, errorDetails, select]),
    // to find the places, the data is looked at twice
    schema === null ? UNREAD : LOOP_STEPS / (schemaSteps(schema) * (warns ? 2 : 1)),
  )

  const shown = (misfit: Misfit): Misfit => {
    return misfit.details ? { ...misfit, details: withoutSecrets(misfit.details, secrets) } : misfit
  }
  const here = (bytes: Buffer, charset: string | null): Decoded => {
    const data = readData(bytes, rules, charset)
    if ('misfit' in data) return shown(data)
    if (data.value === null) return { body: null }
    if (isRead) keepValue(data.json, data.value)
    return { body: data.json, ...passed(data) }
  }
  const apart = async (bytes: Buffer, cancel: Cancel, charset: string | null): Promise<Decoded> => {
    const message = () => {
      const task: DecodeTask = { bytes: taken(bytes), rules: text, charset }
      return { task, transfer: [task.bytes.buffer] }
    }
    const done = await workers.run<DecodeResult>({ name: 'decode', owner: id, message }, cancel)
    const decoded = decodedOf(done, written)
    return 'misfit' in decoded ? shown(decoded) : decoded
  }
  const read: Decoding['read'] = (bytes, cancel, charset) =>
    isQuick(bytes, format, maxWeight) ? here(bytes, charset) : apart(bytes, cancel, charset)
  return (bytes, cancel, charset) =>
    bytes.length < UNCOUNTED_BYTES
      ? read(bytes, cancel, charset)
      : turns.run(() => (cancel.reason === null ? read(bytes, cancel, charset) : { cut: cancel.reason }))
}

/** The largest weight of a body where nothing reads its values. */
const UNREAD = Number.POSITIVE_INFINITY

/** The largest weight of a body with which these expressions may run on the event loop, one after the other. */
function heaviestFor(expressions: readonly (Expression | null)[]): number {
  const given = expressions.filter((expression) => expression !== null)
  if (given.length === 0) return UNREAD
  return weightWithin(
    LOOP_STEPS,
    given.map(({ steps }) => steps),
  )
}

function isQuick(bytes: Buffer, format: Format, maxWeight: number): boolean {
  if (bytes.length > MOST_BYTES[format]) return format === 'json' && maxWeight === UNREAD && parsesQuickly(bytes)
  if (maxWeight === UNREAD) return true
  if (format === 'json') return weighsAtMost(maxWeight, [bytes])
  return 1 + bytes.length * BYTE_WEIGHT[format] <= maxWeight
}

function parsesQuickly(bytes: Buffer): boolean {
  return bytes.length < MOST_ESTIMATED_BYTES && parseCostMs(bytes) <= MOST_PARSE_MS
}

/** Where data does not fit that passes nevertheless. */
function passed({ pointers }: { readonly pointers?: readonly string[] }) {
  return pointers === undefined ? {} : { pointers }
}

function decodedOf(done: Done<DecodeResult>, rules: WrittenRules): Decoded {
  if ('cut' in done) return done
  if ('lost' in done) {
    if (done.lost === 'queue') return { busy: true }
    return tooLarge(rules, 'reading it took more memory than a worker thread may have')
  }
  const { result } = done
  if ('misfit' in result) return result
  const body = result.json && Buffer.from(result.json.buffer, result.json.byteOffset, result.json.byteLength)
  return { body, ...passed(result) }
}
