import { execFile } from 'node:child_process'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import { causeEvents, eventfulConfig } from '../support/eventful.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { DEPLOY, RULES } from './queries.ts'

/** The rules and the metrics, by Prometheus's own checks. `PROMTOOL` says where the tool is, if not in PATH. */

const PROMTOOL = process.env.PROMTOOL ?? 'promtool'

interface Run {
  readonly code: number | string
  readonly output: string
}

function promtool(args: readonly string[], input = ''): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(PROMTOOL, args, (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}` })
    })
    // a tool that is not there takes no input
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

const isThere = (await promtool(['--version'])).code === 0
const skip = isThere ? false : `there is no ${PROMTOOL}; .ci/build-promtool builds one`

async function passes(t: Test, args: readonly string[]): Promise<void> {
  const { code, output } = await promtool(args)
  t.equal(code, 0, `${args.join(' ')}\n${output}`)
}

t.test('rules and configuration', { skip }, async (t) => {
  await passes(t, ['check', 'rules', '--lint-fatal', RULES])
  await passes(t, ['check', 'config', '--lint-fatal', join(DEPLOY, 'prometheus/prometheus.yaml')])
})

t.test('alerts fire, and only when they should', { skip }, async (t) => {
  await passes(t, ['test', 'rules', join(dirname(RULES), 'rules.test.yaml')])
})

t.test('the metrics', { skip }, async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(
    t,
    eventfulConfig((path) => upstream.url(path)),
  )
  await causeEvents(service.get)
  const { body } = await service.get('/metrics')
  t.same(await promtool(['check', 'metrics'], body), { code: 0, output: '' })
  t.not((await promtool(['check', 'metrics'], body.replaceAll('_total', ''))).code, 0, 'it finds bad names')
})
