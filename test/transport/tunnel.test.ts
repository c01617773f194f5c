import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import fc from 'fast-check'
import t from 'tap'
import { openTunnel } from '../../src/transport/tunnel.ts'

/** What becomes of an answer to CONNECT that arrives in these pieces: a code, or the bytes that TLS is given. */
async function outcomeOf(pieces: readonly Buffer[]): Promise<string> {
  const sent: Buffer[] = []
  const socket = new Duplex({
    read: () => {},
    write: (piece, _encoding, done) => {
      sent.push(piece)
      done()
    },
  })
  const opened = new Promise<Error | null>((resolve) => {
    openTunnel(socket as Socket, { authority: 'a.example:443', authorization: null }, resolve)
  })
  for (const piece of pieces) socket.push(piece)
  socket.push(null)
  const error = await opened
  if (error !== null) return String((error as NodeJS.ErrnoException).code)
  return `open: ${Buffer.concat(await socket.toArray()).toString('latin1')}`
}

/** Cuts bytes at places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const at = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return at
    .slice(1)
    .map((end, index) => bytes.subarray(at[index], end))
    .filter(({ length }) => length > 0)
}

const line = fc.constantFrom(
  'HTTP/1.1 200 OK',
  'HTTP/1.0 204',
  'HTTP/1.1 103 Early',
  'HTTP/1.1 407 No',
  'HTTP/1.1 20',
  'HTTP/2 200',
  'a: b',
  '',
  '\0',
  'é',
)
const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n\r\n', '\r\n\r\n', '\n', '\r')
const likely = fc
  .array(fc.tuple(line, end), { maxLength: 8 })
  .map((parts) => Buffer.from(parts.flat().join(''), 'latin1'))
const bytes = fc.oneof(
  likely,
  likely,
  fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
)

t.test('an answer means the same in whatever pieces it arrives, and no bytes are lost', async (t) => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.array(fc.nat(), { maxLength: 20 }), async (answer, places) => {
      const whole = await outcomeOf([answer].filter(({ length }) => length > 0))
      t.equal(await outcomeOf(cut(answer, places)), whole)
      if (whole.startsWith('open: ')) t.ok(answer.toString('latin1').endsWith(`\r\n\r\n${whole.slice(6)}`))
      else t.match(whole, /^TRIBUTARY_PROXY_(CLOSED|PROTOCOL|STATUS_\d{3})$/)
    }),
    { numRuns: 2000 },
  )
})

t.test('what is asked', async (t) => {
  const asked = async (authorization: string | null) => {
    const written: string[] = []
    const socket = new Duplex({
      read: () => {},
      write: (piece, _encoding, done) => {
        written.push(String(piece))
        done()
      },
    })
    openTunnel(socket as Socket, { authority: '[::1]:8443', authorization }, () => {})
    return written.join('')
  }
  t.equal(await asked(null), 'CONNECT [::1]:8443 HTTP/1.1\r\nhost: [::1]:8443\r\n\r\n')
  t.equal(
    await asked('Basic eA=='),
    'CONNECT [::1]:8443 HTTP/1.1\r\nhost: [::1]:8443\r\nproxy-authorization: Basic eA==\r\n\r\n',
  )
})
