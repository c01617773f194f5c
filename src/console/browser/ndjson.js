/** Reads NDJSON: one JSON text a line (github.com/ndjson/ndjson-spec). */

/**
 * Yields the lines of a stream of bytes, without empty ones. Chunks may end anywhere, also within a character.
 *
 * @param {ReadableStream<Uint8Array>} stream
 * @returns {AsyncGenerator<string, void, undefined>}
 */
export async function* linesOf(stream) {
  const reader = stream.getReader()
  const decoder = new TextDecoder()
  // the line that is still arriving: joined once, because it can be long
  /** @type {string[]} */
  let begun = []
  for (;;) {
    const { done, value } = await reader.read()
    const [first = '', ...others] = decoder.decode(value, { stream: !done }).split('\n')
    begun.push(first)
    for (const piece of others) {
      yield* lineOf(begun)
      begun = [piece]
    }
    if (done) break
  }
  yield* lineOf(begun)
}

/** @param {readonly string[]} pieces */
function* lineOf(pieces) {
  const line = pieces.join('')
  if (line.trim() !== '') yield line
}
