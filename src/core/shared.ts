/** Something that several own: who owns it releases it once, and the last one to do so closes it. */
export class Shared<Thing> {
  readonly thing: Thing
  readonly #close: (thing: Thing) => void
  #owners = 1

  /** Whoever makes it is its first owner. `close` is called once. */
  constructor(thing: Thing, close: (thing: Thing) => void) {
    this.thing = thing
    this.#close = close
  }

  /** One more owner. Throws where it is closed already. */
  retain(): this {
    if (this.#owners === 0) throw new Error('what is closed cannot be shared')
    this.#owners += 1
    return this
  }

  /** One owner fewer. */
  release(): void {
    this.#owners -= 1
    if (this.#owners === 0) this.#close(this.thing)
  }
}
