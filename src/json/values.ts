/**
 * The value of a body, parsed when somebody first asks for it. Most bodies are only passed on, and never become one.
 * Kept as long as the body is, if that is small: a value takes up to 28 times the bytes of its text, for as long as an
 * answer waits for its other sources. A larger one is parsed again.
 */
const values = new WeakMap<Buffer, unknown>()
const MAX_KEPT_BYTES = 16 * 1024

/** What this JSON text says; null for no body. */
export function bodyValue(body: Buffer | null): unknown {
  if (body === null) return null
  if (values.has(body)) return values.get(body)
  const value: unknown = JSON.parse(body.toString())
  keepValue(body, value)
  return value
}

/** Keeps a value that was parsed on the way, for those who will ask for it. */
export function keepValue(body: Buffer, value: unknown): void {
  if (body.length <= MAX_KEPT_BYTES) values.set(body, value)
}
