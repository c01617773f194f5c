import { getHeapStatistics } from 'node:v8'
import { collectGarbage } from '../core/garbage.ts'
import { writtenLength } from '../json/written-length.ts'

/**
 * What a worker thread may make of a body. A thread that exceeds its heap while it runs JavaScript is ended, and the
 * process goes on. But `JSON.parse` and `JSON.stringify` do not look at that limit, and V8 ends the process where one of
 * them passes it (FATAL ERROR: Reached heap limit). So both are only called where the memory is there.
 */

const [QUOTE, BACKSLASH, COLON, COMMA, OPEN_LIST, OPEN_OBJECT] = [0x22, 0x5c, 0x3a, 0x2c, 0x5b, 0x7b]
const [OPEN_TAG, EQUALS, AMPERSAND] = [0x3c, 0x3d, 0x26]

/** Upper bounds, measured with V8 13.6: of a list or object, of its place in another, of a key that no other has, a text. */
const BYTES = { container: 64, place: 24, key: 128, text: 40 } as const

const TOO_LARGE = 'its values take more memory than a worker thread may have'

/** Throws where the values of this JSON text may not fit into the heap. */
export function assertParsable(json: Uint8Array): void {
  // nothing takes more than a list of one byte; most bodies need no closer look
  if (!hasRoomFor(json.length * BYTES.container)) assertRoomFor(parsedBytes(json))
}

/** Upper bounds as above: of an element with its members and the text beside it, of an attribute, of a reference. */
const XML_BYTES = { element: 512, attribute: 256, reference: 64 } as const

/** Throws where the values of this XML may not fit into the heap. */
export function assertReadable(xml: Uint8Array): void {
  // the text itself, without its syntax, and what it says
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

function hasRoomFor(bytes: number): boolean {
  const { heap_size_limit, used_heap_size } = getHeapStatistics()
  return used_heap_size + bytes < heap_size_limit
}

const MOST_CHARACTERS = 64 * 2 ** 20

/** Like JSON.stringify. Throws where the text would be too long for the heap, or for anybody. */
export function writeWithin(value: unknown): string {
  const length = writtenLength(value, MOST_CHARACTERS)
  if (length > MOST_CHARACTERS) throw new Error(`it yields more than ${MOST_CHARACTERS} characters`)
  // two bytes for each, and as many while it is put together
  if (!hasRoomFor(4 * length)) collectGarbage()
  if (!hasRoomFor(4 * length)) throw new Error('what it yields takes more memory than a worker thread may have')
  return JSON.stringify(value)
}
