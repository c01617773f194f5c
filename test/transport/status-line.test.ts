import t from 'tap'
import { StatusLines } from '../../src/transport/status-line.ts'

/** Whether the text is accepted, and the resulting text, in chunks of the given size. */
function read(text: string, pieceBytes: number): readonly [boolean, string] {
  const lines = new StatusLines()
  const bytes = Buffer.from(text, 'latin1')
  let accepted = true
  for (let at = 0; at < bytes.length && accepted; at += pieceBytes) {
    accepted = lines.accept(bytes.subarray(at, at + pieceBytes))
  }
  return [accepted, bytes.toString('latin1')]
}

const final = 'HTTP/1.1 200 OK\r\n\r\nHTTP/2.0 100 a body'

t.test('the size of chunks makes no difference', async (t) => {
  const texts: readonly (readonly [text: string, accepted: boolean])[] = [
    [final, true],
    ['HTTP/1.0 404 Not Found\r\n\r\n', true],
    [`\r\n\r\n${final}`, true],
    [`HTTP/1.1 103 Hints\r\nlink: \r\r\n\r\n${final}`, true],
    [`HTTP/1.1 103 Hints\r\nlink: a\r\n\r\nHTTP/1.1 102 \r\n\r\n${final}`, true],
    ['HTTP/2.0 200 OK\r\n\r\n', false],
    ['HTTP/0.9 200 OK\r\n\r\n', false],
    ['HTTP/1.1  200 OK\r\n\r\n', false],
    ['HTTP/1.1 2x0 OK\r\n\r\n', false],
    ['{"ok":true,"more":[]}', false],
    ['HTTP/1.1 103 Hints\r\n\r\nHTTP/2.0 200 OK\r\n\r\n', false],
  ]
  for (const [text, accepted] of texts) {
    for (let pieceBytes = 1; pieceBytes <= text.length; pieceBytes += 1) {
      t.strictSame(read(text, pieceBytes), [accepted, text], `${pieceBytes} of ${JSON.stringify(text)}`)
    }
  }
})

t.test('a 100 becomes a 102 in chunks of any size, and nothing else changes', async (t) => {
  const text = `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 100 100\r\n\r\n${final}`
  const changed = `HTTP/1.1 102 Continue\r\n\r\nHTTP/1.1 102 100\r\n\r\n${final}`
  for (let pieceBytes = 1; pieceBytes <= text.length; pieceBytes += 1) {
    t.strictSame(read(text, pieceBytes), [true, changed])
  }
})

t.test('an incomplete line is not an error', async (t) => {
  t.same(read('HTTP/2.0 20', 20)[0], true)
  t.same(read('\r\n', 20)[0], true)
})
