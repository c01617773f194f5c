import { mayHoldLong } from './long-number-scan.ts'
import { mayBeLong, parseJson } from './parse.ts'

/**
 * Parsed values of bodies. A body is parsed on first use, because most bodies are only passed on. The value of a small
 * body is kept as long as the body; a larger body is parsed again each time, because a value takes up to 28 times the
 * memory of its text, for as long as an answer waits for its other sources.
 */
const values = new WeakMap<Buffer, unknown>()
const MAX_KEPT_BYTES = 16 * 1024

/** The value of this JSON text, for expressions (parse.ts); null if there is no body. */
export function bodyValue(body: Buffer | null): unknown {
  if (body === null) return null
  if (values.has(body)) return values.get(body)
  const value = parseJson(body)
  if (body.length <= MAX_KEPT_BYTES) values.set(body, value)
  return value
}

/** Keeps a value that was parsed already, for `bodyValue`; not one whose numbers have lost digits. */
export function keepValue(body: Buffer, value: unknown): void {
  if (body.length <= MAX_KEPT_BYTES && (mayBeLong(value) || !mayHoldLong(body))) values.set(body, value)
}

interface SourceText {
  readonly source?: string
}

/** https://tc39.es/proposal-json-parse-with-source/; the types of TypeScript do not include it yet. */
const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, reviver: (key: string, value: unknown, context: SourceText) => unknown): unknown
  rawJSON(text: string): unknown
}

/** The value of a short JSON text, such that JSON.stringify writes all its numbers with the digits that they have. */
export function exactValue(json: string): unknown {
  return parse(json, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? rawJSON(source) : value,
  )
}
