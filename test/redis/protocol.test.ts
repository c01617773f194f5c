import fc from 'fast-check'
import t from 'tap'
import { ErrorReply, encode, type Reply, ReplyReader } from '../../src/redis/protocol.ts'
import { cpuMs } from '../support/cpu-time.ts'

const textOf = (pieces: readonly (string | Buffer)[]) => pieces.map(String).join('')

t.test('a command is a list of strings, with their lengths in bytes', async (t) => {
  t.equal(textOf(encode(['GET', 'é'])), '*2\r\n$3\r\nGET\r\n$2\r\né\r\n')
  t.equal(
    textOf(encode(['SET', 'k', Buffer.from('v\r\n'), 'PX', 5])),
    '*5\r\n$3\r\nSET\r\n$1\r\nk\r\n$3\r\nv\r\n\r\n$2\r\nPX\r\n$1\r\n5\r\n',
  )
})

function readAll(chunks: readonly Buffer[], maxBytes = 1000): Reply[] {
  const replies: Reply[] = []
  const reader = new ReplyReader(maxBytes, (reply) => void replies.push(reply))
  for (const chunk of chunks) reader.push(chunk)
  return replies
}

t.test('every kind of reply, however it is cut', async (t) => {
  const wire = Buffer.from('+OK\r\n-ERR no\r\n:-12\r\n$-1\r\n$0\r\n\r\n$7\r\na\r\nbé+\r\n:3\r\n')
  const expected = ['OK', new ErrorReply('ERR no'), -12, null, Buffer.from(''), Buffer.from('a\r\nbé+'), 3]
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: wire.length })), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), wire.length]
      const chunks = places.slice(1).map((end, n) => wire.subarray(places[n], end))
      t.strictSame(readAll(chunks), expected)
    }),
    { numRuns: 50 },
  )
})

t.test('what is no reply of ours is refused as soon as it shows', async (t) => {
  const wrong = [
    '*1\r\n',
    'H',
    '\0',
    '\r\n',
    ':x\r\n',
    ':\r\n',
    '$x\r\n',
    '$\r\n',
    '$-2\r\n',
    '$1001\r\n',
    '$99999999999\r\n',
    '$1\r\nabc',
    `+${'x'.repeat(4096)}`,
  ]
  for (const text of wrong)
    t.throws(() => readAll([Buffer.from(text)]), /protocol_error/, JSON.stringify(text.slice(0, 20)))
})

t.test('a long string in many chunks is joined once', async (t) => {
  const body = Buffer.alloc(1_000_000, 'x')
  const chunks = [Buffer.from(`$${body.length}\r\n`)]
  for (let at = 0; at < body.length; at += 100) chunks.push(body.subarray(at, at + 100))
  chunks.push(Buffer.from('\r\n'))
  const startedAt = cpuMs()
  t.ok(body.equals(readAll(chunks, body.length)[0] as Buffer))
  t.ok(cpuMs() - startedAt < 1000)
})
