import { getHeapStatistics } from 'node:v8'
import { collectGarbage } from '../core/garbage.ts'
import { mayHoldLong } from '../json/long-number-scan.ts'
import { writtenLength } from '../json/written-length.ts'

/**
 * Limits the memory that a worker thread uses. If a thread exceeds its heap while it runs JavaScript, Node ends only
 * the thread. But inside `JSON.parse` and `JSON.stringify`, V8 aborts the whole process (FATAL ERROR: Reached heap
 * limit). So both are only called if the heap has room for their results.
 */

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN_LIST, OPEN_OBJECT] = [0x22, 0x5c, 0x3a, 0x2c, 0x5b, 0x7b]
const [OPEN_TAG, EQUALS, AMPERSAND] = [0x3c, 0x3d, 0x26]

/**
 * Upper bounds in bytes, measured with V8 13.6: a list or object, a slot in one, a key that is used once, a string, a
 * number with all its digits (json/long-number.ts).
 */
const BYTES = { container: 64, place: 24, key: 128, text: 40, long: 192 } as const

const TOO_LARGE = 'its values take more memory than a worker thread may have'

/** Throws if the values of this JSON text might not fit into the heap. */
export function assertParsable(json: Uint8Array): void {
  // no byte takes more memory than one that begins a list; for most bodies this estimate is enough
  if (!hasRoomFor(json.length * BYTES.container)) assertRoomFor(parsedBytes(json))
}

/** Upper bounds in bytes: an element with its members and the text beside it, an attribute, a reference. */
const XML_BYTES = { element: 512, attribute: 256, reference: 64 } as const

/** Throws if the values of this XML might not fit into the heap. */
export function assertReadable(xml: Uint8Array): void {
  // the text, a copy without syntax, and the content of its strings
  let bytes = 6 * xml.length
  for (const byte of xml) {
    if (byte === OPEN_TAG) bytes += XML_BYTES.element
    else if (byte === EQUALS) bytes += XML_BYTES.attribute
    else if (byte === AMPERSAND) bytes += XML_BYTES.reference
  }
  assertRoomFor(bytes)
}

function assertRoomFor(bytes: number): void {
  if (hasRoomFor(bytes)) return
  collectGarbage()
  if (!hasRoomFor(bytes)) throw new Error(TOO_LARGE)
}

function parsedBytes(json: Uint8Array): number {
  // the text, and the content of its strings
  let bytes = 4 * json.length
  const place = BYTES.place + (mayHoldLong(bufferOf(json)) ? BYTES.long : 0)
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at]
    if (byte === COMMA) bytes += place
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) bytes += BYTES.container
    else if (byte === COLON) bytes += BYTES.key
    else if (byte === QUOTE) {
      bytes += BYTES.text
      for (at += 1; at < json.length && json[at] !== QUOTE; at += 1) if (json[at] === BACKSLASH) at += 1
    }
  }
  return bytes
}

function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength)
}

function hasRoomFor(bytes: number): boolean {
  const { heap_size_limit, used_heap_size } = getHeapStatistics()
  return used_heap_size + bytes < heap_size_limit
}

const MOST_CHARACTERS = 64 * 2 ** 20

/** Like JSON.stringify. Throws if the text is above MOST_CHARACTERS, or might not fit into the heap. */
export function writeWithin(value: unknown): string {
  const length = writtenLength(value, MOST_CHARACTERS)
  if (length > MOST_CHARACTERS) throw new Error(`its result has more than ${MOST_CHARACTERS} characters`)
  // two bytes for each character, and the same again while the text is built
  if (!hasRoomFor(4 * length)) collectGarbage()
  if (!hasRoomFor(4 * length)) throw new Error('its result takes more memory than a worker thread may have')
  return JSON.stringify(value)
}
