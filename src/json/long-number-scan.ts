import { isLong, LEAST_LONG } from './long-number.ts'

/**
 * Finds the numbers in JSON text that a double cannot hold. Most bodies have none, so `mayHoldLong` looks at every third
 * byte only; the other numbers and all texts cost next to nothing.
 */

const [SPACE, QUOTE, PLUS, COMMA, MINUS, DOT, ZERO, NINE] = [0x20, 0x22, 0x2b, 0x2c, 0x2d, 0x2e, 0x30, 0x39]
const [COLON, LOWER_E, OPEN_LIST, BACKSLASH, CLOSE_LIST, CLOSE_OBJECT] = [0x3a, 0x65, 0x5b, 0x5c, 0x5d, 0x7d]

const STEP = 3
/** A run of 16 digits and a dot always contains this many of the bytes that are looked at. */
const LEAST_SEEN = Math.floor(LEAST_LONG / STEP)
/** These bytes that are looked at span so many bytes. */
const LEAST_RUN = STEP * (LEAST_SEEN - 1)
/** From here on there are letters and brackets, but neither digits nor what separates numbers. */
const LETTERS = 0x40

/**
 * Whether JSON text seems to hold a long number. A string that contains one between commas or brackets is taken for one
 * too.
 */
export function mayHoldLong(json: Buffer): boolean {
  let at = STEP - 1
  while (at < json.length) {
    at = nextCandidate(json, at)
    if (at < json.length) {
      const end = endOfNumber(json, at)
      if (isLongAt(json, startOfNumber(json, at), end)) return true
      at = end + STEP - 1
    }
  }
  return false
}

/** A byte of the next exponent, or of the next run of digits that is long enough; the length if there is none. */
function nextCandidate(json: Buffer, from: number): number {
  const { length } = json
  let seen = 0
  for (let at = from; at < length; at += STEP) {
    const byte = json[at] as number
    if (byte > NINE) {
      seen = 0
      if ((byte | 0x20) === LOWER_E && isExponent(json, at)) return at
    } else if (byte < DOT) {
      seen = 0
      if ((byte === MINUS || byte === PLUS) && isExponent(json, at)) return at
    } else {
      seen += 1
      // an exponent may begin one or two bytes before
      if (((json[at - 1] as number) | (json[at - 2] as number)) >= LETTERS) {
        if (followsExponent(json, at)) return at
        seen = 1
      } else if (seen >= LEAST_SEEN) {
        const before = lastGap(json, at, at - LEAST_RUN)
        if (before < 0) return at
        seen = ((at - before + STEP - 1) / STEP) | 0
      }
    }
  }
  return length
}

/** The last byte before `at` that is no digit or dot; -1 if there is none after `from`. */
function lastGap(json: Buffer, at: number, from: number): number {
  for (let gap = at - 1; gap > from; gap -= 1) {
    const byte = json[gap] as number
    if (byte < DOT || byte > NINE) return gap
  }
  return -1
}

/** Whether this is the `e` of an exponent, or its sign. */
function isExponent(json: Buffer, at: number): boolean {
  const byte = json[at] as number
  const letter = byte === PLUS || byte === MINUS ? at - 1 : at
  return letter > 0 && ((json[letter] as number) | 0x20) === LOWER_E && isDigit(json[letter - 1] as number)
}

function followsExponent(json: Buffer, at: number): boolean {
  return isExponent(json, at - 1) || isExponent(json, at - 2)
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}

/** 1 for each byte that numbers are made of. */
const IN_NUMBERS = new Uint8Array(256)
for (const character of '0123456789.+-eE') IN_NUMBERS[character.charCodeAt(0)] = 1

function isPartOfNumber(byte: number): boolean {
  return IN_NUMBERS[byte] === 1
}

function startOfNumber(json: Buffer, from: number): number {
  let at = from
  while (at > 0 && isPartOfNumber(json[at - 1] as number)) at -= 1
  return at
}

function endOfNumber(json: Buffer, from: number): number {
  let at = from
  while (at < json.length && isPartOfNumber(json[at] as number)) at += 1
  return at
}

/** Whether a long number stands here, between tokens of JSON. */
function isLongAt(json: Buffer, start: number, end: number): boolean {
  if (end - start < LEAST_LONG && !hasExponent(json, start, end)) return false
  let before = start - 1
  let after = end
  while (before >= 0 && (json[before] as number) <= SPACE) before -= 1
  while (after < json.length && (json[after] as number) <= SPACE) after += 1
  return beginsValue(json, before) && endsValue(json, after) && isLongToken(json, start, end)
}

function beginsValue(json: Buffer, before: number): boolean {
  const byte = json[before]
  return before < 0 || byte === COMMA || byte === COLON || byte === OPEN_LIST
}

function endsValue(json: Buffer, after: number): boolean {
  const byte = json[after]
  return after >= json.length || byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT
}

function isLongToken(json: Buffer, start: number, end: number): boolean {
  if (end - start < LEAST_LONG && !hasExponent(json, start, end)) return false
  return !isSafeInteger(json, start, end) && isLong(json.toString('latin1', start, end))
}

function hasExponent(json: Buffer, start: number, end: number): boolean {
  for (let at = end - 1; at > start; at -= 1) if (((json[at] as number) | 0x20) === LOWER_E) return true
  return false
}

/** Whether these are at most 16 digits and no more than 2^53. Decides most long runs of digits without a string. */
function isSafeInteger(json: Buffer, start: number, end: number): boolean {
  if (end - start > LEAST_LONG) return false
  let value = 0
  for (let at = start; at < end; at += 1) {
    const byte = json[at] ?? 0
    if (!isDigit(byte)) return false
    value = value * 10 + byte - ZERO
  }
  return value <= Number.MAX_SAFE_INTEGER
}

/** The places of the long numbers in valid JSON text: where each starts and ends, in turn. */
export function longNumbersIn(json: Buffer): readonly number[] {
  const places: number[] = []
  let at = 0
  while (at < json.length) {
    const byte = json[at] ?? 0
    if (byte === QUOTE) at = endOfString(json, at)
    else if (byte === MINUS || isDigit(byte)) {
      const end = endOfNumber(json, at)
      if (isLongToken(json, at, end)) places.push(at, end)
      at = end
    } else at += 1
  }
  return places
}

/** The place after a string. */
function endOfString(json: Buffer, from: number): number {
  let at = from + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at + 1
}
