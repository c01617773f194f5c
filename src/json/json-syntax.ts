/**
 * Locates syntax errors in JSON text. `JSON.parse` does not always give the position, and it builds the value: 1 MiB of
 * `[` takes 28 MiB of memory. This takes a byte for each level of nesting, and about twice the time of `JSON.parse`.
 */

const [TAB, LINE_FEED, RETURN, SPACE] = [0x09, 0x0a, 0x0d, 0x20]
const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a]
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d]
const [PLUS, MINUS, DOT, ZERO, NINE, UPPER_E, LOWER_E, LOWER_U] = [0x2b, 0x2d, 0x2e, 0x30, 0x39, 0x45, 0x65, 0x75]
const ESCAPED = new Set([...'"\\/bfnrt'].map((character) => character.charCodeAt(0)))
const WORDS = new Map(['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]))

/** Which tokens are valid next: a value; a value or `]`; a key; a key or `}`; or a comma or closing bracket. */
type Expected = 'value' | 'first value' | 'key' | 'first key' | 'separator'

/** The offset of the first byte that RFC 8259 forbids, or the length of a text that is incomplete; null if valid. */
export function syntaxErrorAt(json: Uint8Array): number | null {
  const scan = new Scan(json)
  while (scan.step());
  return scan.errorAt
}

class Scan {
  errorAt: number | null = null
  readonly #json: Uint8Array
  #at = 0
  #depth = 0
  /** Of each level, whether it is an object. */
  #isObject = new Uint8Array(64)
  #expected: Expected = 'value'

  constructor(json: Uint8Array) {
    this.#json = json
  }

  /** Reads the next token; false at the end or the first error. */
  step(): boolean {
    const at = skipSpace(this.#json, this.#at)
    const byte = this.#json[at]
    this.#at = at
    if (byte === undefined) return this.#end()
    if (this.#expected === 'separator') return this.#separator(byte)
    if (this.#expected === 'key' || this.#expected === 'first key') return this.#key(byte)
    return this.#value(byte)
  }

  #end(): boolean {
    return this.#expected === 'separator' && this.#depth === 0 ? false : this.#fail(this.#at)
  }

  #fail(at: number): boolean {
    this.errorAt = at
    return false
  }

  #separator(byte: number): boolean {
    const inObject = this.#isObject[this.#depth - 1] === 1
    if (this.#depth === 0) return this.#fail(this.#at)
    if (byte === (inObject ? CLOSE_OBJECT : CLOSE_LIST)) return this.#close()
    if (byte !== COMMA) return this.#fail(this.#at)
    return this.#go(this.#at + 1, inObject ? 'key' : 'value')
  }

  #key(byte: number): boolean {
    if (byte === CLOSE_OBJECT && this.#expected === 'first key') return this.#close()
    if (byte !== QUOTE) return this.#fail(this.#at)
    const end = endOfString(this.#json, this.#at)
    if (end < 0) return this.#fail(~end)
    const colon = skipSpace(this.#json, end)
    return this.#json[colon] === COLON ? this.#go(colon + 1, 'value') : this.#fail(colon)
  }

  #value(byte: number): boolean {
    if (byte === CLOSE_LIST && this.#expected === 'first value') return this.#close()
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) return this.#open(byte === OPEN_OBJECT)
    const end = byte === QUOTE ? endOfString(this.#json, this.#at) : endOfScalar(this.#json, this.#at)
    return end < 0 ? this.#fail(~end) : this.#go(end, 'separator')
  }

  #open(isObject: boolean): boolean {
    if (this.#depth === this.#isObject.length) {
      const longer = new Uint8Array(2 * this.#depth)
      longer.set(this.#isObject)
      this.#isObject = longer
    }
    this.#isObject[this.#depth] = isObject ? 1 : 0
    this.#depth += 1
    return this.#go(this.#at + 1, isObject ? 'first key' : 'first value')
  }

  #close(): boolean {
    this.#depth -= 1
    return this.#go(this.#at + 1, 'separator')
  }

  #go(at: number, expected: Expected): boolean {
    this.#at = at
    this.#expected = expected
    return true
  }
}

function skipSpace(json: Uint8Array, from: number): number {
  let at = from
  for (;;) {
    const byte = json[at]
    if (byte !== SPACE && byte !== LINE_FEED && byte !== RETURN && byte !== TAB) return at
    at += 1
  }
}

/** The functions below return where something ends, or the complement (`~`) of where it is wrong. */
function endOfString(json: Uint8Array, from: number): number {
  let at = from + 1
  for (;;) {
    const byte = json[at]
    if (byte === QUOTE) return at + 1
    if (byte === undefined || byte < SPACE) return ~at
    if (byte !== BACKSLASH) at += 1
    else {
      at = endOfEscape(json, at + 1)
      if (at < 0) return at
    }
  }
}

function endOfEscape(json: Uint8Array, at: number): number {
  const byte = json[at] ?? 0
  if (ESCAPED.has(byte)) return at + 1
  if (byte !== LOWER_U) return ~at
  for (let digit = at + 1; digit < at + 5; digit += 1) if (!isHex(json[digit] ?? 0)) return ~digit
  return at + 5
}

function isHex(byte: number): boolean {
  const letter = byte | 0x20
  return (byte >= ZERO && byte <= NINE) || (letter >= 0x61 && letter <= 0x66)
}

function endOfScalar(json: Uint8Array, at: number): number {
  const byte = json[at] ?? 0
  // most values here are numbers, and true, false and null start with a letter
  const word = byte > NINE ? WORDS.get(byte) : undefined
  return word === undefined ? endOfNumber(json, at) : endOfWord(json, at, word)
}

function endOfWord(json: Uint8Array, from: number, word: Uint8Array): number {
  const wrong = word.findIndex((byte, index) => json[from + index] !== byte)
  return wrong < 0 ? from + word.length : ~(from + wrong)
}

function endOfNumber(json: Uint8Array, from: number): number {
  const first = json[from] === MINUS ? from + 1 : from
  let at = json[first] === ZERO ? first + 1 : endOfDigits(json, first)
  if (at >= 0 && json[at] === DOT) at = endOfDigits(json, at + 1)
  if (at < 0 || (json[at] !== LOWER_E && json[at] !== UPPER_E)) return at
  const sign = json[at + 1]
  return endOfDigits(json, sign === PLUS || sign === MINUS ? at + 2 : at + 1)
}

/** Like the other functions; requires at least one digit. */
function endOfDigits(json: Uint8Array, from: number): number {
  for (let at = from; ; at += 1) {
    const byte = json[at]
    if (byte === undefined || byte < ZERO || byte > NINE) return at === from ? ~at : at
  }
}
