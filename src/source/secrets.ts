import { Finder } from './finder.ts'
import { formsOf, readingsOf } from './secret-forms.ts'

/** Secrets of the configuration, and access tokens, to keep them out of what a source makes of its errors. */
export class Secrets {
  readonly #texts: readonly string[]
  readonly #tokens: () => readonly string[]
  /** Of the tokens of the last look. */
  #known: readonly string[] = []
  #finder: Finder

  /** `texts` and `tokens` are looked for as they are, and as they are encoded. `tokens` are those of this moment. */
  constructor(texts: readonly string[], tokens: () => readonly string[] = () => []) {
    this.#texts = texts
    this.#tokens = tokens
    this.#finder = new Finder(texts.flatMap(formsOf))
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
    const finder = this.#latest()
    return readingsOf(text).some((reading) => finder.isIn(reading) || finder.isAtEnd(reading))
  }

  #holds(text: string): boolean {
    const finder = this.#latest()
    return readingsOf(text).some((reading) => finder.isIn(reading))
  }

  /** The forms are made anew only when the tokens have changed: there are many, and a token may be long. */
  #latest(): Finder {
    const tokens = this.#tokens()
    if (tokens.length === this.#known.length && tokens.every((token, at) => token === this.#known[at]))
      return this.#finder
    this.#known = [...tokens]
    this.#finder = new Finder([...this.#texts, ...tokens].flatMap(formsOf))
    return this.#finder
  }
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value]
  if (Array.isArray(value)) return value.flatMap(textsIn)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, inner]) => [name, ...textsIn(inner)])
}
