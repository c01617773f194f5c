import { setTimeout as pause, setImmediate } from 'node:timers/promises'
import t from 'tap'
import { build } from '../support/build.ts'
import { get } from '../support/client.ts'
import { startProcess } from '../support/service-process.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** A process that is short of time or memory refuses new work, says that it is not ready, and recovers. */

/** Blocks the event loop. */
function stall(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

t.test('one stall of the event loop refuses nothing', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, { sources: { a: { url: upstream.url('/ok') } } })
  await pause(300)
  stall(1000)
  for (let n = 0; n < 10; n += 1) {
    t.equal((await built.get('/aggregate')).status, 200)
    await pause(30)
  }
})

t.test('requests are refused while the event loop is late, and accepted afterwards', async (t) => {
  const upstream = await startUpstream(t)
  const built = await build(t, { sources: { a: { url: upstream.url('/ok') } } })
  let stalling = true
  const stalls = (async () => {
    while (stalling) {
      stall(500)
      // several turns, so that the requests of this test are read and answered
      for (let turn = 0; turn < 5; turn += 1) await setImmediate()
    }
  })()
  await pause(4000)
  const [answer, ready, live] = await Promise.all(
    ['/aggregate', '/health/ready', '/health/live'].map((path) => built.get(path)),
  )
  stalling = false
  await stalls
  t.match(answer, { status: 503, headers: { 'retry-after': '1' }, json: { type: /overloaded$/, detail: /too busy/ } })
  t.match(ready, { status: 503, json: { type: /not-ready$/, detail: /too busy/ } })
  t.equal(live?.status, 200, 'the process is alive all the same')
  await pause(500)
  t.equal((await built.get('/aggregate')).status, 200)
  t.equal((await built.get('/health/ready')).status, 200)
})

/** Fills 93 % of a heap of 256 MiB at the first SIGCONT, and frees it at the second. */
const HOARD = `
let held = null
process.on('SIGCONT', () => {
  if (held !== null) { held = null; return }
  held = []
  while (process.memoryUsage().heapUsed < 0.93 * 256 * 2 ** 20) held.push(new Array(1_000).fill(held.length + 0.5))
})`

t.test('requests are refused while the heap is nearly full, and accepted afterwards', async (t) => {
  const upstream = await startUpstream(t)
  const preload = `data:text/javascript,${encodeURIComponent(HOARD)}`
  const service = await startProcess(t, {
    config: { sources: { a: { url: upstream.url('/ok') } } },
    env: { NODE_OPTIONS: `--max-old-space-size=256 --import ${preload}` },
  })
  const address = await service.address()
  t.equal((await get(`${address}/aggregate`)).status, 200)
  service.child.kill('SIGCONT')
  let answer = await get(`${address}/aggregate`)
  for (let tries = 0; tries < 100 && answer.status !== 503; tries += 1) {
    await pause(100)
    answer = await get(`${address}/aggregate`)
  }
  t.match(answer, { status: 503, json: { type: /overloaded$/, detail: /memory/ } })
  t.equal((await get(`${address}/health/ready`)).status, 503)
  service.child.kill('SIGCONT')
  const status = async () => (await get(`${address}/aggregate`)).status
  let last = await status()
  for (let tries = 0; tries < 100 && last !== 200; tries += 1) {
    await pause(50)
    last = await status()
  }
  t.equal(last, 200, 'when the memory is free again')
})
