/**
 * The value of a body, parsed when somebody first asks for it. Most bodies are only passed on, and never become one.
 * Kept as long as the body is.
 */
const values = new WeakMap<Buffer, unknown>()

/** What this JSON text says; null for no body. */
export function bodyValue(body: Buffer | null): unknown {
  if (body === null) return null
  if (!values.has(body)) values.set(body, JSON.parse(body.toString()))
  return values.get(body)
}

/** Keeps a value that was parsed on the way, for those who will ask for it. */
export function keepValue(body: Buffer, value: unknown): void {
  values.set(body, value)
}
