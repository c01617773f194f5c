import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import t, { type Test } from 'tap'
import { buildPatient } from '../support/patient.ts'

/** After a stall of the event loop, responses that arrived in time do not count as too late. */

/**
 * An upstream in a separate process, so that it does not stall with this one. It says when a request is there: on a busy
 * machine, one may need long to get there.
 */
const UPSTREAM = `
const server = require('node:http').createServer((request, response) => {
  console.log('asked')
  setTimeout(() => response.end('{"ok":true}'), 150)
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
`

async function startElsewhere(t: Test): Promise<{ origin: string; said: Readable }> {
  const child = spawn(process.execPath, ['-e', UPSTREAM], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.teardown(() => void child.kill())
  const [port] = await once(child.stdout, 'data')
  return { origin: `http://127.0.0.1:${String(port).trim()}`, said: child.stdout }
}

function stall(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
}

t.test('a stall of the event loop does not time out an answer that has arrived, nor open a breaker', async (t) => {
  const { origin, said } = await startElsewhere(t)
  // the stalls make the service refuse a request now and then: it is made again
  const service = await buildPatient(t, {
    sources: {
      a: { url: origin, timeout: '1200ms', connectTimeout: '1200ms', retry: false, breaker: { minCalls: 2 } },
    },
  })
  await service.get('/aggregate')
  for (let call = 0; call < 4; call += 1) {
    const isAsked = once(said, 'data')
    const asked = service.get('/aggregate')
    await isAsked
    // after this, timers run before sockets are read
    await new Promise((resolve) => setImmediate(resolve))
    // over the timeout, of which the answer needs an eighth
    stall(1500)
    t.strictSame((await asked).json.failedSources, [])
  }
  t.equal((await service.get('/sources')).json.sources[0].breaker, 'closed')
})
