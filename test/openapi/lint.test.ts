import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { stringify } from 'yaml'
import { COMMITTED, demoDocument, documentFor, UNLIKE_THE_DEMO } from './service.ts'

/** Redocly's opinion, by redocly.yaml: any finding fails. Nothing is asked over the network. */

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const QUIET = { REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' }

function lint(file: string): { readonly code: number | null; readonly output: string } {
  const args = ['lint', file, '--config', join(ROOT, 'redocly.yaml')]
  const env = { ...process.env, ...QUIET, NODE_V8_COVERAGE: '' }
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'node_modules/.bin/redocly'), args, { env, encoding: 'utf8' })
  return { code: status, output: stdout + stderr }
}

t.test('the committed document', async (t) => {
  const { code, output } = lint(COMMITTED)
  t.equal(code, 0, output)
})

for (const [name, config] of Object.entries(UNLIKE_THE_DEMO)) {
  t.test(name, async (t) => {
    const file = join(t.testdir({}), 'openapi.yaml')
    writeFileSync(file, stringify(await documentFor(config)))
    const { code, output } = lint(file)
    t.equal(code, 0, output)
  })
}

t.test('what is only worth a warning fails too', async (t) => {
  const document = await demoDocument()
  delete document.info.license
  const file = join(t.testdir({}), 'openapi.yaml')
  writeFileSync(file, stringify(document))
  const { code, output } = lint(file)
  t.equal(code, 1)
  t.match(output, /info-license/)
})
