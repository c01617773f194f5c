import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { eventually } from '../support/eventually.ts'

const logger = new URL('../../src/telemetry/logger.ts', import.meta.url).href

/** Logs 40,000 lines while nobody reads, tells on standard error what became of them, and flushes when told to. */
const SCRIPT = `
import { createLog } from '${logger}'
const log = createLog('info')
for (let n = 0; n < 40000; n += 1) log.logger.info({ n, filler: 'x'.repeat(400) }, 'line')
process.stderr.write(JSON.stringify({ dropped: log.dropped(), held: process.memoryUsage().heapUsed }) + '\\n')
process.once('message', async () => {
  const stuck = await log.flush(100)
  process.send({ stuck })
  process.once('message', async () => {
    process.send({ flushed: await log.flush(20000), dropped: log.dropped() })
    process.disconnect()
  })
})`

t.test('a reader that hangs costs lines, counted, and no memory without bound', async (t) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', SCRIPT], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  child.stdout?.pause()
  const [told] = await once(child.stderr ?? child, 'data')
  const { dropped, held } = JSON.parse(String(told))
  t.ok(dropped > 10_000, `dropped ${dropped}`)
  t.ok(held < 100 * 1024 * 1024, `holds ${held} bytes`)
  child.send('flush')
  t.match((await once(child, 'message'))[0], { stuck: false }, 'a flush that cannot end says so in time')

  let text = ''
  child.stdout?.on('data', (chunk) => {
    text += chunk
  })
  child.stdout?.resume()
  await eventually(() => text.includes('log lines dropped'), 10_000)
  child.send('flush')
  t.match((await once(child, 'message'))[0], { flushed: true })
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  t.equal(lines.filter(({ msg }) => msg === 'line').length + dropped, 40_000, 'every line is written or counted')
  t.match(
    lines.find(({ msg }) => msg === 'log lines dropped'),
    { level: 40, dropped },
  )
})

t.test('a reader that goes away takes the log with it, not the process', async (t) => {
  const script = `
import { createLog } from '${logger}'
const log = createLog('info')
setInterval(() => log.logger.info({ filler: 'x'.repeat(5000) }, 'line'), 5)
setTimeout(() => process.exit(7), 600)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  child.stdout?.destroy()
  const [code] = await once(child, 'exit')
  t.equal(code, 7)
})
