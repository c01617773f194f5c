/** Secrets of the configuration, and access tokens, to keep them out of what a source makes of its errors. */
export class Secrets {
  readonly #texts: readonly string[]
  readonly #tokens: () => readonly string[]

  /** `texts` and `tokens` are looked for as they are, and as they stand in a URL. `tokens` are those of this moment. */
  constructor(texts: readonly string[], tokens: () => readonly string[] = () => []) {
    this.#texts = [...new Set(texts.flatMap(formsOf))]
    this.#tokens = tokens
  }

  /** Whether a secret is within a text or a number of this JSON, or within a name of a member. */
  areIn(json: string): boolean {
    if (this.#texts.length === 0 && this.#tokens().length === 0) return false
    // numbers are in the text only; other texts may be escaped there
    return this.#holds(json) || textsIn(JSON.parse(json)).some((text) => this.#holds(text))
  }

  /**
   * Whether a header of a source may reach clients: it holds no secret, and nothing but printable ASCII. Other characters
   * could end the header, or mean something else in another encoding.
   */
  mayShowHeader(value: string): boolean {
    return /^[\t\x20-\x7e]*$/.test(value) && !this.#holds(value)
  }

  #holds(text: string): boolean {
    const tokens = this.#tokens().flatMap(formsOf)
    return [...this.#texts, ...tokens].some((secret) => text.includes(secret))
  }
}

function formsOf(text: string): readonly string[] {
  const wellFormed = text.toWellFormed()
  return [text, encodeURIComponent(wellFormed), new URLSearchParams([['', wellFormed]]).toString().slice(1)]
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)])
}
