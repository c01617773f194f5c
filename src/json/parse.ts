import { randomUUID } from 'node:crypto'
import { LongNumber } from './long-number.ts'
import { longNumbersIn, mayHoldLong } from './long-number-scan.ts'

/**
 * Parses JSON text for expressions: numbers that a double cannot hold become LongNumbers. All other text is parsed by
 * `JSON.parse` alone. A reviver that is given the text of each number would take up to 40 times as long, so long numbers
 * are parsed as strings with a mark, and replaced then.
 */
export function parseJson(json: Buffer): unknown {
  const places = mayHoldLong(json) ? longNumbersIn(json) : []
  if (places.length === 0) return JSON.parse(json.toString())
  return holdingLong(unmarked(JSON.parse(marked(json, places))))
}

const holders = new WeakSet<object>()

/** Notes that a value may hold long numbers, and returns it. */
export function holdingLong<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) holders.add(value)
  return value
}

/** Whether a value from `parseJson` or `holdingLong` may hold long numbers. Its parts are not known. */
export function mayBeLong(value: unknown): boolean {
  return typeof value === 'object' && value !== null && (value instanceof LongNumber || holders.has(value))
}

/** Begins the strings that stand for long numbers. No data begins so: it is random, and never leaves this file. */
const MARK = `\u007f${randomUUID().replaceAll('-', '').slice(0, 12)}`
const MARK_CODE = MARK.charCodeAt(0)
const OPENING = Buffer.from(`"${MARK}`)
const CLOSING = Buffer.from('"')

function marked(json: Buffer, places: readonly number[]): string {
  const bytes = Buffer.allocUnsafe(json.length + (places.length / 2) * (OPENING.length + CLOSING.length))
  let [from, at] = [0, 0]
  for (const [index, place] of places.entries()) {
    at += json.copy(bytes, at, from, place)
    at += (index % 2 === 0 ? OPENING : CLOSING).copy(bytes, at)
    from = place
  }
  json.copy(bytes, at, from)
  return bytes.toString()
}

/** Replaces marked strings. Not recursive: data may be nested a million deep. */
function unmarked(value: unknown): unknown {
  const whole: { value: unknown } = { value }
  const left: object[] = [whole]
  for (let part = left.pop(); part !== undefined; part = left.pop()) {
    const members = part as Record<string, unknown>
    for (const key of Object.keys(members)) {
      const member = members[key]
      if (typeof member === 'object' && member !== null) left.push(member)
      else if (typeof member === 'string' && isMarked(member)) members[key] = new LongNumber(member.slice(MARK.length))
    }
  }
  return whole.value
}

function isMarked(text: string): boolean {
  return text.charCodeAt(0) === MARK_CODE && text.startsWith(MARK)
}
