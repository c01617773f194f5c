import { getHeapStatistics } from 'node:v8'

/**
 * What a worker thread may make of a body. A thread that exceeds its heap while it runs JavaScript is ended, and the
 * process goes on. But `JSON.parse` and `JSON.stringify` do not look at that limit, and V8 ends the process where one of
 * them passes it (FATAL ERROR: Reached heap limit). So both are only called where the memory is there.
 */

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN_LIST, OPEN_OBJECT] = [0x22, 0x5c, 0x3a, 0x2c, 0x5b, 0x7b]

/** Upper bounds, measured with V8 13.6: of a list or object, of its place in another, of a key that no other has, a text. */
const BYTES = { container: 64, place: 24, key: 128, text: 40 } as const

const TOO_LARGE = 'its values take more memory than a worker thread may have'

/** Throws where the values of this JSON text may not fit into the heap. */
export function assertParsable(json: Uint8Array): void {
  const room = heapRoom()
  // at most: nothing takes more than a list of one byte
  if (json.length * BYTES.container < room) return
  if (parsedBytes(json) > room) throw new Error(TOO_LARGE)
}

function parsedBytes(json: Uint8Array): number {
  // the text itself, and what it says
  let bytes = 4 * json.length
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]
    if (byte === COMMA) bytes += BYTES.place
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) bytes += BYTES.container
    else if (byte === COLON) bytes += BYTES.key
    else if (byte === QUOTE) {
      bytes += BYTES.text
      for (at += 1; at < json.length && json[at] !== QUOTE; at += 1) if (json[at] === BACKSLASH) at += 1
    }
  }
  return bytes
}

/** The heap that is free. */
function heapRoom(): number {
  const { heap_size_limit, used_heap_size } = getHeapStatistics()
  return heap_size_limit - used_heap_size
}

const MOST_CHARACTERS = 64 * 2 ** 20

/** Like JSON.stringify. Throws where the text would be too long: values may share parts, and are shorter than it. */
export function writeWithin(value: unknown): string {
  const most = Math.min(MOST_CHARACTERS, heapRoom() / 4)
  if (leftOf(value, most) < 0) throw new Error(`it yields more than ${Math.round(most / 2 ** 20)} MB`)
  return JSON.stringify(value)
}

/** What is left of so many characters after a value has been written; below 0 where they are too few. */
function leftOf(value: unknown, most: number): number {
  if (typeof value === 'string') return most - value.length - 2
  if (typeof value !== 'object' || value === null) return most - 4
  let left = most - 2
  for (const [key, item] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    left = leftOf(item, left - (typeof key === 'string' ? key.length + 4 : 1))
    if (left < 0) return left
  }
  return left
}
