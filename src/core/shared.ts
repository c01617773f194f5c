/** A reference-counted resource. Each owner releases it once; the last release closes it. */
export class Shared<Thing> {
  readonly thing: Thing
  readonly #close: (thing: Thing) => void
  #owners = 1

  /** The creator is the first owner. `close` is called once. */
  constructor(thing: Thing, close: (thing: Thing) => void) {
    this.thing = thing
    this.#close = close
  }

  /** Adds an owner. Throws if the resource is already closed. */
  retain(): this {
    if (this.#owners === 0) throw new Error('a closed resource cannot be retained')
    this.#owners += 1
    return this
  }

  /** Removes an owner. */
  release(): void {
    this.#owners -= 1
    if (this.#owners === 0) this.#close(this.thing)
  }
}
