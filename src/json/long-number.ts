/** https://tc39.es/proposal-json-parse-with-source/; the types of TypeScript do not include it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

/**
 * A number of JSON that a double cannot hold: beyond 2^53, or with more digits. It is written with the digits that came;
 * in calculations it is the nearest double. Its content is private, so that expressions see no members of it.
 */
export class LongNumber {
  readonly #text: string
  readonly #double: number

  constructor(text: string) {
    this.#text = text
    this.#double = Number(text)
  }

  /** Its digits, as in the JSON text that it came from. */
  toString(): string {
    return this.#text
  }

  valueOf(): number {
    return this.#double
  }

  toJSON(): unknown {
    return rawJSON(this.#text)
  }
}

/** The nearest double of a long number. All other values are returned unchanged. */
export function plain(value: unknown): unknown {
  return value instanceof LongNumber ? value.valueOf() : value
}

/** A copy in which all long numbers are doubles. */
export function deeplyPlain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof LongNumber) return value.valueOf()
  if (Array.isArray(value)) return value.map(deeplyPlain)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deeplyPlain(item)]))
}

/** Shorter numbers lose nothing, unless they have an exponent of three digits: 15 digits always fit into a double. */
export const LEAST_LONG = 16

/** Whether a number, written as in JSON, would not keep its value if it were read as a double and written again. */
export function isLong(text: string): boolean {
  const double = Number(text)
  if (!Number.isFinite(double)) return true
  const written = String(double)
  if (written === text) return false
  // an integer stays without an exponent: it may be an id
  if (text.length >= LEAST_LONG && /^-?\d+$/.test(text)) return true
  const [from, to] = [decimalOf(text), decimalOf(written)]
  return from.digits !== to.digits || (from.digits !== '' && from.exponent !== to.exponent)
}

/** A number without its sign: `digits`, without zeros at either end, times ten to the power of `exponent`. */
interface Decimal {
  readonly digits: string
  readonly exponent: number
}

function decimalOf(text: string): Decimal {
  const [mantissa = '', power = '0'] = text.slice(text.startsWith('-') ? 1 : 0).split(/[eE]/)
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = whole + fraction
  let [start, end] = [0, digits.length]
  while (digits[start] === '0') start += 1
  while (end > start && digits[end - 1] === '0') end -= 1
  return { digits: digits.slice(start, end), exponent: Number(power) - fraction.length + digits.length - end }
}
