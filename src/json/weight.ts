import { BYTES_A_WEIGHT } from './jmespath.ts'
import { mayHoldLong } from './long-number-scan.ts'

/**
 * The weight of JSON text, as jmespath-cost.ts counts it: one for each value, and one for each 64 bytes. A list or
 * object adds one for each 64 levels of its depth: `JSON.stringify` compares it with all its ancestors, to find cycles
 * (V8, json-stringifier.cc, StackPush).
 */

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c]
const [OPEN_LIST, OPEN_OBJECT, CLOSE_LIST, CLOSE_OBJECT] = [0x5b, 0x7b, 0x5d, 0x7d]

const LEVELS_A_WEIGHT = 64

export function weightOf(json: Uint8Array): number {
  let [values, depth, levels, at] = [1, 0, 0, 0]
  while (at < json.length) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfText(json, at)
    else if (byte === COMMA) values += 1
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth -= 1
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      values += 1
      depth += 1
      levels += depth
    }
    at += 1
  }
  return values + levels / LEVELS_A_WEIGHT + json.length / BYTES_A_WEIGHT
}

function endOfText(json: Uint8Array, from: number): number {
  let at = from + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at
}

/** Data with long numbers takes this many times the time of other data of its weight (bench/digits.ts). */
const LONG_FACTOR = 4

/**
 * Whether these texts together weigh at most `max`; a fraction of it if there are long numbers in them. Reads them only if
 * their lengths do not decide it.
 */
export function weighsAtMost(max: number, texts: readonly Uint8Array[]): boolean {
  const bytes = texts.reduce((total, { length }) => total + length, 0)
  if (bytes / BYTES_A_WEIGHT > max) return false
  // the heaviest possible text is one half `[` and one half `[],`
  const heaviest = texts.length + bytes + bytes / BYTES_A_WEIGHT + bytes ** 2 / (4 * LEVELS_A_WEIGHT)
  if (heaviest <= max / LONG_FACTOR) return true
  const weight = heaviest <= max ? heaviest : texts.reduce((total, text) => total + weightOf(text), 0)
  return weight <= max / LONG_FACTOR || (weight <= max && !texts.some(holdsLong))
}

function holdsLong({ buffer, byteOffset, length }: Uint8Array): boolean {
  return mayHoldLong(Buffer.from(buffer, byteOffset, length))
}
