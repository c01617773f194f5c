/** How many characters of a text are looked up. A part of a text at an end that is shorter may be chance. */
const KEY_LENGTH = 8

/** Finds any of many texts in another one, in a time that does not depend on how many there are. */
export class Finder {
  readonly #short: readonly string[]
  readonly #long: readonly string[]
  /** By their last characters, as many tokens begin alike. */
  readonly #byEnd = new Map<string, string[]>()

  constructor(texts: readonly string[]) {
    const all = [...new Set(texts)]
    this.#short = all.filter(({ length }) => length < KEY_LENGTH)
    this.#long = all.filter(({ length }) => length >= KEY_LENGTH)
    for (const text of this.#long) {
      const key = text.slice(-KEY_LENGTH)
      const alike = this.#byEnd.get(key)
      if (alike === undefined) this.#byEnd.set(key, [text])
      else alike.push(text)
    }
  }

  /** Whether one of the texts is within this one. */
  isIn(text: string): boolean {
    if (this.#short.some((one) => text.includes(one))) return true
    for (let end = KEY_LENGTH; end <= text.length; end += 1) {
      const found = this.#byEnd.get(text.slice(end - KEY_LENGTH, end))
      if (found?.some((one) => text.slice(0, end).endsWith(one))) return true
    }
    return false
  }

  /** Whether this text ends within one of the texts, after at least eight characters of it. */
  isAtEnd(text: string): boolean {
    return this.#long.some((one) => {
      const start = one.slice(0, KEY_LENGTH)
      for (let at = text.indexOf(start); at >= 0; at = text.indexOf(start, at + 1))
        if (one.startsWith(text.slice(at))) return true
      return false
    })
  }
}
