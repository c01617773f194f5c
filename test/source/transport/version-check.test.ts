import t from 'tap'
import { VersionCheck } from '../../../src/source/transport/version-check.ts'

function fits(...pieces: readonly string[]): boolean {
  const check = new VersionCheck()
  return pieces.every((piece) => check.take(Buffer.from(piece)))
}

t.test('HTTP/1.0 and HTTP/1.1, in one piece or in many', async (t) => {
  for (const version of ['1.0', '1.1']) {
    t.ok(fits(`HTTP/${version} 200 OK\r\n\r\n`, 'anything'))
    t.ok(fits(...`HTTP/${version} 200 OK`))
  }
  t.ok(fits('\r\n', '\r', '\nHTTP/1.1 200'), 'behind empty lines')
})

t.test('any other beginning', async (t) => {
  for (const start of ['HTTP/2.0 200 OK', 'HTTP/0.9 200 OK', 'HTTP/1.2 200', 'http/1.1 200', 'ICY 200 OK', '{}']) {
    t.notOk(fits(start), start)
    t.notOk(fits(...start), start)
  }
})
