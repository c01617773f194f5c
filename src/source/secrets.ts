import { formsOf, readingsOf } from './secret-forms.ts'

/** As much of a secret at the end of a text that was cut off is a part of it; less may be chance. */
const LEAST_PART = 8

/** Secrets of the configuration, and access tokens, to keep them out of what a source makes of its errors. */
export class Secrets {
  readonly #texts: readonly string[]
  readonly #tokens: () => readonly string[]
  /** The forms of each token of the last look: there are many, and a token may be long. */
  #formsOfTokens: ReadonlyMap<string, readonly string[]> = new Map()

  /** `texts` and `tokens` are looked for as they are, and as they are encoded. `tokens` are those of this moment. */
  constructor(texts: readonly string[], tokens: () => readonly string[] = () => []) {
    this.#texts = [...new Set(texts.flatMap(formsOf))]
    this.#tokens = tokens
  }

  /** Whether a secret is within a text or a number of this JSON, or within a name of a member. */
  areIn(json: string): boolean {
    if (this.#texts.length === 0 && this.#tokens().length === 0) return false
    // numbers are in the text only; other texts may be escaped there. All at once: there may be thousands of short ones,
    // and a secret may be in parts
    const texts = textsIn(JSON.parse(json))
    return this.#holds([json, ...texts, texts.join('')].join('\n'))
  }

  /**
   * Whether a header of a source may reach clients: it holds no secret, and nothing but printable ASCII. Other characters
   * could end the header, or mean something else in another encoding.
   */
  mayShowHeader(value: string): boolean {
    return /^[\t\x20-\x7e]*$/.test(value) && !this.#holds(value)
  }

  /** Whether a secret is within a text, or begins where the text was cut off. */
  areInStart(text: string): boolean {
    const readings = readingsOf(text)
    return this.#forms().some((form) => readings.some((reading) => holdsPart(reading, form)))
  }

  #holds(text: string): boolean {
    const readings = readingsOf(text)
    return this.#forms().some((form) => readings.some((reading) => reading.includes(form)))
  }

  #forms(): readonly string[] {
    const known = this.#formsOfTokens
    this.#formsOfTokens = new Map(this.#tokens().map((token) => [token, known.get(token) ?? formsOf(token)]))
    return [...this.#texts, ...[...this.#formsOfTokens.values()].flat()]
  }
}

function holdsPart(text: string, form: string): boolean {
  const start = form.slice(0, LEAST_PART)
  for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1)) {
    if (form.startsWith(text.slice(at, at + form.length))) return true
  }
  return false
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)])
}
