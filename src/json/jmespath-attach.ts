import { LongNumber } from './long-number.ts'
import { scalarKey } from './scalar-key.ts'
import { writtenLength } from './written-length.ts'

/** The function `attach` of expressions: it joins two lists by their keys, in linear time. */

/** A list, and the key of each of its elements. */
export interface Keyed {
  readonly list: readonly unknown[]
  readonly keys: readonly unknown[]
}

/**
 * Gives each object in `left` the member `name`: the first element of `right` with an equal key, or null. Elements that
 * are no objects stay as they are.
 */
export function attached(left: Keyed, right: Keyed, name: string): unknown[] {
  const index = new KeyIndex()
  for (const [place, element] of right.list.entries()) index.add(right.keys[place], element)
  return left.list.map((element, place) => {
    return isObject(element) ? { ...element, [name]: index.find(left.keys[place]) } : element
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LongNumber)
}

/** In characters, of all keys that are lists or objects together. They are compared as texts, which take memory. */
const MAX_KEY_TEXT = 8 * 2 ** 20

/**
 * Finds the first element with a key. Numbers and texts that read the same are equal, and so are lists and objects of
 * equal parts. Null is equal to nothing, and neither is a list or object that contains it.
 */
class KeyIndex {
  readonly #scalars = new Map<string | boolean, unknown>()
  readonly #composed = new Map<string, unknown>()
  #textLeft = MAX_KEY_TEXT

  add(key: unknown, element: unknown): void {
    const scalar = scalarKey(key)
    if (scalar !== null) addFirst(this.#scalars, scalar, element)
    else {
      const text = this.#textOf(key)
      if (text !== null) addFirst(this.#composed, text, element)
    }
  }

  find(key: unknown): unknown {
    const scalar = scalarKey(key)
    if (scalar !== null) return this.#scalars.get(scalar) ?? null
    const text = this.#textOf(key)
    return text === null ? null : (this.#composed.get(text) ?? null)
  }

  #textOf(key: unknown): string | null {
    if (key === null) return null
    this.#textLeft -= writtenLength(key, this.#textLeft)
    if (this.#textLeft < 0) throw new Error(`attach() would compare keys of more than ${MAX_KEY_TEXT} characters`)
    return textOf(key)
  }
}

function addFirst<Key>(map: Map<Key, unknown>, key: Key, element: unknown): void {
  if (!map.has(key)) map.set(key, element)
}

/** The same text for equal keys only; null if the key contains null. */
function textOf(key: unknown): string | null {
  const scalar = scalarKey(key)
  if (scalar !== null) return JSON.stringify(scalar)
  if (typeof key !== 'object' || key === null) return null
  const members = Array.isArray(key) ? null : Object.entries(key).sort(([a], [b]) => (a < b ? -1 : 1))
  const texts = (members?.map(([, value]) => value) ?? (key as unknown[])).map(textOf)
  if (texts.includes(null)) return null
  return members === null
    ? `[${texts.join(',')}]`
    : `{${members.map(([name], place) => `${JSON.stringify(name)}:${texts[place]}`).join(',')}}`
}
