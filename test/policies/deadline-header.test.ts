import { compose } from '../../src/core/call.ts'
import { deadlineHeader } from '../../src/policies/deadline-header.ts'
import { timeout } from '../../src/policies/timeout.ts'
import { DATA, test } from './bench.ts'

const NAME = 'x-request-timeout-ms'

for (const [leftMs, value] of [
  [2000, '2000'],
  [1999.9, '1999'],
  [1, '1'],
  [0.4, '1'],
  [-5, '1'],
] as const) {
  test(`with ${leftMs} ms left the header is ${value}`, async (t, bench) => {
    const at = bench.clock.now() + leftMs
    const call = bench.call('weather', { deadline: { at, cause: 'batch', spanMs: 2000 } })
    t.equal(await deadlineHeader(NAME, bench.clock)(bench.script(DATA))(call), DATA)
    t.strictSame(bench.reached[0]?.request.headers, [NAME, value])
  })
}

test('adds one header in a copy of the call, and changes nothing else', async (t, bench) => {
  const request = {
    method: 'POST',
    path: '/a?b',
    headers: ['accept', '*/*'],
    body: Buffer.from('{}'),
    isRepeatable: true,
    key: 'k',
    shown: () => null,
  } as const
  const call = bench.call('weather', { request })
  await deadlineHeader(NAME, bench.clock)(bench.script(DATA))(call)
  t.strictSame(call.request.headers, ['accept', '*/*'])
  t.strictSame(bench.reached[0], { ...call, request: { ...request, headers: ['accept', '*/*', NAME, '2000'] } })
})

test('each attempt has its own remaining time', async (t, bench) => {
  const stack = compose([timeout(500, 'attempt', bench.clock), deadlineHeader(NAME, bench.clock)], bench.script(DATA))
  const call = bench.call()
  await stack(call)
  await bench.clock.advance(1800)
  await stack(call)
  t.strictSame(
    bench.reached.map(({ request }) => request.headers),
    [
      [NAME, '500'],
      [NAME, '200'],
    ],
  )
})
