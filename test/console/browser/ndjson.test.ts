import fc from 'fast-check'
import t from 'tap'
import { linesOf } from '../../../src/console/browser/ndjson.js'

function streamOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks) as unknown as ReadableStream<Uint8Array>
}

async function read(chunks: readonly Uint8Array[]): Promise<readonly string[]> {
  return Array.fromAsync(linesOf(streamOf(chunks)))
}

/** The bytes in pieces that end at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [...ends, bytes.length].map((end, index) => bytes.slice(ends[index - 1] ?? 0, end))
}

t.test('lines are the same wherever chunks end, within characters too', async (t) => {
  const values = fc.array(fc.oneof(fc.string({ unit: 'grapheme' }), fc.constant('ü€😀'), fc.json()), { maxLength: 8 })
  await fc.assert(
    fc.asyncProperty(values, fc.array(fc.nat()), async (texts, places) => {
      const lines = texts.map((text) => JSON.stringify(text))
      const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''))
      t.same(await read(cut(bytes, places)), lines)
    }),
  )
})

t.test('every cut of one text', async (t) => {
  const bytes = new TextEncoder().encode('{"a":"é😀"}\n\n[1]\n')
  for (let place = 0; place <= bytes.length; place += 1)
    t.same(await read(cut(bytes, [place])), ['{"a":"é😀"}', '[1]'], `at ${place}`)
})

t.test('a last line without an end, and no line at all', async (t) => {
  const bytes = (text: string) => new TextEncoder().encode(text)
  t.same(await read([bytes('1\n2')]), ['1', '2'])
  t.same(await read([bytes('1\r\n')]), ['1\r'])
  t.same(await read([]), [])
  t.same(await read([bytes(' \n\n')]), [])
})

t.test('a line is told as soon as it has arrived', async (t) => {
  let more: (chunk: Uint8Array) => void = () => {}
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      more = (chunk) => controller.enqueue(chunk)
    },
  })
  const lines = linesOf(stream)
  more(new TextEncoder().encode('1\n{"beg'))
  t.same(await lines.next(), { done: false, value: '1' })
  more(new TextEncoder().encode('un":2}\n'))
  t.same(await lines.next(), { done: false, value: '{"begun":2}' })
})
