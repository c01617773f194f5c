import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t, { type Test } from 'tap'
import { build } from '../support/build.ts'

/** After a stall of the event loop, responses that arrived in time do not count as too late. */

/** An upstream in a separate process, so that it does not stall with this one. */
const UPSTREAM = `
const server = require('node:http').createServer((request, response) => {
  setTimeout(() => response.end('{"ok":true}'), 150)
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

async function startElsewhere(t: Test): Promise<string> {
  const child = spawn(process.execPath, ['-e', UPSTREAM], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => void child.kill())
  const [port] = await once(child.stdout, 'data')
  return `http://127.0.0.1:${String(port).trim()}`
}

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

t.test('a stall of half a second does not time out an answer that has arrived, nor open a breaker', async (t) => {
  const origin = await startElsewhere(t)
  const service = await build(t, {
    deadline: { default: '3s' },
    sources: { a: { url: origin, timeout: '300ms', retry: false, breaker: { minCalls: 2 } } },
  })
  await service.get('/aggregate')
  for (let call = 0; call < 4; call += 1) {
    const asked = service.get('/aggregate')
    await new Promise((resolve) => setTimeout(resolve, 80))
    // after this, timers run before sockets are read
    await new Promise((resolve) => setImmediate(resolve))
    stall(500)
    t.strictSame((await asked).json.failedSources, [])
  }
  t.equal((await service.get('/sources')).json.sources[0].breaker, 'closed')
})
