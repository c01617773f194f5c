import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { parse } from 'yaml'
import { configFile } from '../support/service-process.ts'
import { demoDocument, documentFor } from './service.ts'

/** npm run openapi, as a process. */

const COMMAND = fileURLToPath(new URL('../../src/cli/openapi.ts', import.meta.url))
const CONFIG = {
  server: { docs: false },
  sources: {
    a: { url: 'https://s3cret.example/{?key}', values: { key: 's3cret' }, headers: { 'x-key': 's3cret' } },
  },
}

function run(args: readonly string[], environment: Record<string, string> = {}) {
  const { TRIBUTARY_CONFIG, ...inherited } = process.env
  const env = { ...inherited, ...environment }
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, ...args], { env, encoding: 'utf8' })
  return { code: status, stdout, stderr }
}

t.test('0: the document of a configuration, with the pages off too, and nothing secret', async (t) => {
  const file = await configFile(t, CONFIG)
  const { code, stdout, stderr } = run(['--config', file])
  t.equal(code, 0)
  t.equal(stderr, '')
  t.same(parse(stdout), await documentFor(CONFIG))
  t.notMatch(stdout, /s3cret|x-key/)
  t.equal(run([], { TRIBUTARY_CONFIG: file }).stdout, stdout)
})

t.test('0: without a configuration, the demo', async (t) => {
  const { code, stdout } = run([])
  t.equal(code, 0)
  t.same(parse(stdout), await demoDocument())
  t.notMatch(stdout, /(?:: |- )[&*]a\d/, 'no anchors: what is shared is written out')
})

t.test('1: a configuration that cannot be used, with every problem', async (t) => {
  const file = await configFile(t, {
    server: { prot: 1 },
    sources: { a: { url: 'https://s3cret.example', timeout: 1 } },
  })
  const { code, stdout, stderr } = run(['--config', file])
  t.equal(code, 1)
  t.equal(stdout, '')
  t.match(stderr, /server\.prot[\s\S]*sources\.a\.timeout/)
  t.notMatch(stderr, /s3cret|\.ts:/)
  t.equal(run(['--config', '/no/such/file.yaml']).code, 1)
})

t.test('2: wrong usage', async (t) => {
  const { code, stdout, stderr } = run(['--nope'])
  t.equal(code, 2)
  t.equal(stdout, '')
  t.match(stderr, /--nope[\s\S]*usage: npm run openapi/)
})
