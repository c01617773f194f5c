import type { LookupAddress } from 'node:dns'
import t from 'tap'
import { isPrivateLiteral, publicLookup } from '../../../src/source/transport/lookup.ts'

type Answer = readonly [NodeJS.ErrnoException | null, string | LookupAddress[], (number | undefined)?]

function lookup(hostname: string, all: boolean): Promise<Answer> {
  return new Promise((resolve) => publicLookup(hostname, { all }, (...answer) => resolve(answer)))
}

t.test('a look-up answers as Node asks: with one address, or with all', async (t) => {
  t.strictSame(await lookup('8.8.8.8', false), [null, '8.8.8.8', 4])
  t.strictSame(await lookup('8.8.8.8', true), [null, [{ address: '8.8.8.8', family: 4 }]])
})

t.test('a name with no address but private ones is refused', async (t) => {
  for (const all of [false, true]) {
    t.match(await lookup('localhost', all), [{ code: 'TRIBUTARY_ADDRESS_PROHIBITED' }])
  }
})

t.test('a name that is not found stays so', async (t) => {
  for (const all of [false, true]) {
    t.match(await lookup('no-such-host.invalid', all), [{ code: /^(ENOTFOUND|EAI_AGAIN)$/ }])
  }
})

t.test('an address is told from a name', async (t) => {
  t.strictSame(
    ['127.0.0.1', '::1', '8.8.8.8', 'localhost', 'api.example'].filter((host) => isPrivateLiteral(host)),
    ['127.0.0.1', '::1'],
  )
})
