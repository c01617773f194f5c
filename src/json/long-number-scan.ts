import { isLong, LEAST_LONG } from './long-number.ts'

/**
 * Finds the numbers in JSON text that a double cannot hold. Most bodies have none, so `mayHoldLong` only looks for what
 * they have in common, three bytes at a time: many digits, or an exponent.
 */

const [SPACE, QUOTE, COMMA, MINUS, DOT, ZERO, NINE] = [0x20, 0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x39]
const [COLON, LOWER_E, OPEN_LIST, BACKSLASH, CLOSE_LIST, CLOSE_OBJECT] = [0x3a, 0x65, 0x5b, 0x5c, 0x5d, 0x7d]

/** 1 for digits and the dot, 2 for the letter of an exponent. */
const CLASS = new Uint8Array(256)
for (const character of '0123456789.') CLASS[character.charCodeAt(0)] = 1
for (const character of 'eE') CLASS[character.charCodeAt(0)] = 2

/** From here on there are letters and brackets, but neither digits nor what stands between numbers. */
const LETTERS = 0x40

const STEP = 3
/** A run of 16 digits contains so many groups of three, wherever it begins. */
const LEAST_GROUPS = 4

/**
 * Whether JSON text seems to hold a long number. A string that contains one between commas or brackets is taken for one
 * too.
 */
export function mayHoldLong(json: Buffer): boolean {
  let at = 0
  while (at < json.length) {
    at = nextCandidate(json, at)
    if (at >= json.length) return false
    const end = endOfNumber(json, at)
    const start = startOfNumber(json, at)
    if (isAmongTokens(json, start, end) && isLongToken(json, start, end)) return true
    at = end + 1
  }
  return false
}

/** A byte of the next exponent, or of the next run of digits that may be long; the length if there is none. */
function nextCandidate(json: Buffer, from: number): number {
  const most = json.length - STEP
  let groups = 0
  let last = 0
  for (let at = from; at <= most; at += STEP) {
    const a = json[at] as number
    const b = json[at + 1] as number
    const c = json[at + 2] as number
    if ((a | b | c) >= LETTERS) {
      groups = 0
      if (beginsExponent(last, a) || beginsExponent(a, b) || beginsExponent(b, c)) return at
    } else if (a < DOT || b < DOT || c < DOT) groups = 0
    else {
      // bytes from the dot to the question mark, which are digits for the most part
      groups += 1
      if (groups === LEAST_GROUPS) {
        if (isLongRun(json, at)) return at
        groups = 0
      }
    }
    last = c
  }
  return json.length
}

/** Whether the letter of an exponent comes after a digit. */
function beginsExponent(before: number, letter: number): boolean {
  return (letter | 0x20) === LOWER_E && isDigit(before)
}

/** Whether the digits around this place may be a long number: more than 16, or 16 that begin with a 9. */
function isLongRun(json: Buffer, at: number): boolean {
  let start = at
  while (start > 0 && at - start < LEAST_LONG && CLASS[json[start - 1] as number] === 1) start -= 1
  let end = at
  while (end < json.length && end - start <= LEAST_LONG && CLASS[json[end] as number] === 1) end += 1
  if (end - start !== LEAST_LONG) return end - start > LEAST_LONG
  return json[start] === NINE || CLASS[json[end] ?? 0] === 2
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

/** Whether a token of JSON may begin and end here. */
function isAmongTokens(json: Buffer, start: number, end: number): boolean {
  let before = start - 1
  while (before >= 0 && (json[before] as number) <= SPACE) before -= 1
  if (!beginsValue(json, before)) return false
  let after = end
  while (after < json.length && (json[after] as number) <= SPACE) after += 1
  return endsValue(json, after)
}

function beginsValue(json: Buffer, before: number): boolean {
  if (before < 0) return true
  const byte = json[before]
  return byte === COMMA || byte === COLON || byte === OPEN_LIST
}

function endsValue(json: Buffer, after: number): boolean {
  if (after >= json.length) return true
  const byte = json[after]
  return byte === COMMA || byte === CLOSE_LIST || byte === CLOSE_OBJECT
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
