import t from 'tap'
import { parseConfig } from '../src/config/load.ts'
import { Runtime } from '../src/runtime.ts'
import { memoryLog } from './support/build.ts'

t.test('the last to release a runtime closes its sources', async (t) => {
  const { config } = parseConfig('sources: { a: { url: http://127.0.0.1:1/ } }', {})
  if (config === null) throw new Error('the configuration is wrong')
  const runtime = new Runtime(config, { log: memoryLog() })
  let closed = 0
  for (const source of runtime.sources.values()) {
    source.close = () => {
      closed += 1
    }
  }
  runtime.retain()
  runtime.release()
  t.equal(closed, 0, 'somebody still serves from it')
  runtime.release()
  t.equal(closed, 1)
  t.throws(() => runtime.retain(), /closed/)
  t.equal(runtime.lifecycle.phase, 'starting')
})
