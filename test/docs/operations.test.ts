import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { build } from '../support/build.ts'
import { get } from '../support/client.ts'
import { BLOCKS } from './markdown.ts'

/** The examples of docs/operations.md that no other test holds to the service. */

function textOf(info: string): string {
  const blocks = BLOCKS.filter((block) => block.info === info)
  t.equal(blocks.length, 1, info)
  return blocks[0]?.text ?? ''
}

const source = { url: 'http://127.0.0.1:1/' }

t.test('the answer to a preflight', async (t) => {
  const cors = { origins: ['https://app.example'] }
  const service = await build(t, { server: { cors }, sources: { user: source } })
  const headers = { origin: 'https://app.example', 'access-control-request-method': 'GET' }
  const answer = await get(`${service.address}/aggregate`, { method: 'OPTIONS', headers })
  const [first, ...lines] = textOf('preflight').split('\n')
  t.equal(first, `HTTP/1.1 ${answer.status} No Content`)
  const shown = Object.fromEntries(lines.map((line) => line.split(/: (.*)/).slice(0, 2)))
  const ours = Object.entries(answer.headers).filter(([name]) => /^(access-control|timing|vary)/.test(name))
  t.strictSame(shown, Object.fromEntries(ours))
})

t.test('what a reload reports', async (t) => {
  const service = await build(t, { sources: { user: source } })
  const { config } = parseConfig(JSON.stringify({ sources: { user: source, person: source } }), {})
  if (config === null) return t.fail('the configuration is wrong')
  const reloaded = await service.reload({ ...config, server: { ...config.server, port: 0 } })
  const { level, time, msg, ...shown } = JSON.parse(textOf('reload'))
  t.strictSame({ ...reloaded, warnings: [] }, shown)
  t.same({ level, msg }, { level: 30, msg: 'reloaded' })
})
