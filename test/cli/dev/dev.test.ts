import { cp, mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { get } from '../../support/client.ts'
import { configFile } from '../../support/service-process.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'
import { startDev } from './process.ts'

/** `npm run dev`, as a real process: what it prints, the source code that it follows, and how it ends. */

async function upstreamConfig(t: Test): Promise<string> {
  const upstream = await startUpstream(t)
  return configFile(t, { sources: { first: { url: upstream.url('/ok') } } })
}

t.test('one readable line for each line of the log, with source, outcome, status and latency', async (t) => {
  const file = await upstreamConfig(t)
  const dev = startDev(t, { args: [file], env: { LOG_LEVEL: 'debug' } })
  await get(`${await dev.address()}/aggregate`)
  const time = String.raw`\[\d\d:\d\d:\d\d\.\d{3}\]`
  await dev.until(/aggregate method=GET .*\n/)
  const lines = dev.output().trim().split('\n')
  for (const line of lines) t.match(line, new RegExp(`^${time} (DEBUG|INFO): \\S`))
  const call = new RegExp(
    `^${time} INFO: upstream source=first outcome=ok upstreamStatus=200 latencyMs=[\\d.]+ attempts=1 .*from=live req=\\S{8}$`,
    'm',
  )
  t.match(dev.output(), call)
  t.match(dev.output(), /INFO: aggregate method=GET path=\/aggregate sources=first .*status=200 /)
})

/** The project in a folder of its own, whose files may be changed; `without` one of its dependencies. */
async function copyProject(t: Test, without?: string): Promise<string> {
  const root = t.testdir({})
  const here = join(import.meta.dirname, '../../..')
  for (const part of ['package.json', 'src', 'routes', 'config'])
    await cp(join(here, part), join(root, part), { recursive: true, verbatimSymlinks: true })
  await mkdir(join(root, 'node_modules'))
  for (const name of await readdir(join(here, 'node_modules'))) {
    const copy = join(root, 'node_modules', name)
    // an empty folder, or else Node would find the package in the node_modules above
    await (name === without ? mkdir(copy) : symlink(join(here, 'node_modules', name), copy))
  }
  return root
}

t.test('restarts when the source code changes, whether a file is written or replaced', async (t) => {
  const root = await copyProject(t)
  const file = await upstreamConfig(t)
  const dev = startDev(t, { root, args: [file] })
  await dev.address()
  const added = join(root, 'routes/added.ts')
  const route = (text: string) =>
    `export default async (app) => { app.get('/added', { config: { ownPath: true } }, async () => '${text}') }\n`
  await writeFile(added, route('one'))
  t.equal((await get(`${await dev.address()}/added`)).body, 'one')
  for (const text of ['two', 'three']) {
    await writeFile(`${root}/new.ts`, route(text))
    await rename(`${root}/new.ts`, added)
    t.equal((await get(`${await dev.address()}/added`)).body, text)
  }
  await writeFile(join(root, 'src/app.ts'), 'this is no TypeScript\n')
  await dev.until(/dev: not running; /)
  await cp(join(import.meta.dirname, '../../../src/app.ts'), join(root, 'src/app.ts'))
  await dev.address()
  t.match(dev.output(), /dev: a file in routes changed; starting again\n/)
})

t.test('signals end it: while the service runs, while it waits, and to the process group', async (t) => {
  const file = await upstreamConfig(t)
  const running = startDev(t, { args: [file] })
  const address = await running.address()
  process.kill(-(running.child.pid as number), 'SIGINT')
  t.equal(await running.exited, 0)
  await t.rejects(get(`${address}/health/live`), 'nothing listens any more')
  t.match(running.output(), /stopped\n$/)

  const waiting = startDev(t, { args: [await configFile(t, 'sources: {')] })
  await waiting.until(/dev: not running; /)
  waiting.child.kill('SIGTERM')
  t.equal(await waiting.exited, 0)
})

t.test('ends with its service when the reader of its output is gone', async (t) => {
  const dev = startDev(t, { args: [await upstreamConfig(t)] })
  const address = await dev.address()
  dev.child.stdout?.destroy()
  await get(`${address}/aggregate`)
  await dev.exited
  await t.rejects(get(`${address}/health/live`), 'nothing listens any more')
})

t.test('wrong usage, --help and --version end it at once', async (t) => {
  const wrong = startDev(t, { args: ['--nope'] })
  t.equal(await wrong.exited, 2)
  t.match(wrong.output(), /^there is no option --nope\nusage: npm run dev .*\n$/)
  const help = startDev(t, { args: ['--help'] })
  t.equal(await help.exited, 0)
  t.match(help.output(), /^usage: npm run dev -- \[FILE\]/)
})

t.test('without the development dependencies: one line that says what is missing', async (t) => {
  const dev = startDev(t, { root: await copyProject(t, 'pino-pretty') })
  t.equal(await dev.exited, 1)
  t.equal(dev.output(), 'npm run dev needs the development dependencies of Tributary; run "npm ci" first\n')
})
