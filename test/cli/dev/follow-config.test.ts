import { readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { get } from '../../support/client.ts'
import { configFile } from '../../support/service-process.ts'
import { ca, certificateFile } from '../../support/upstream/tls.ts'
import { startUpstream } from '../../support/upstream/upstream.ts'
import { startDev } from './process.ts'

/** `npm run dev`, as a real process: it follows the configuration, and recovers from a broken one. */

async function startUpstreamConfig(t: Test) {
  const upstream = await startUpstream(t)
  const config = (id: string, server = {}) =>
    JSON.stringify({ server, sources: { [id]: { url: upstream.url('/ok') } } })
  return { config, file: await configFile(t, config('first')) }
}

async function keysOf(address: string): Promise<readonly string[]> {
  const answer = await get(`${address}/aggregate`)
  return Object.keys(answer.json.data)
}

t.test('restarts when the configuration is written, replaced by rename, or restored', async (t) => {
  const { file, config } = await startUpstreamConfig(t)
  // a restart does not wait for the drain delay
  await writeFile(file, config('first', { drainDelay: '5m' }))
  const dev = startDev(t, { args: [file] })
  t.same(await keysOf(await dev.address()), ['first'])
  await writeFile(file, config('written'))
  t.same(await keysOf(await dev.address()), ['written'])
  let address = ''
  for (const id of ['renamed', 'renamedAgain']) {
    await writeFile(`${file}.new`, config(id))
    await rename(`${file}.new`, file)
    address = await dev.address()
    t.same(await keysOf(address), [id])
  }
  await rename(file, `${file}~`)
  await dev.until(/dev: \S+ is gone; waiting until it is back\n/)
  t.same(await keysOf(address), ['renamedAgain'], 'it serves on while the file is away')
  await writeFile(file, config('putBack'))
  t.same(await keysOf(await dev.address()), ['putBack'])
  t.notMatch(dev.output(), /cannot be used|there is no file/, 'a file that is away for a moment is no problem')
})

t.test('an invalid configuration: prints all problems, and starts when the file is corrected', async (t) => {
  const { file, config } = await startUpstreamConfig(t)
  const dev = startDev(t, { args: ['--config', file] })
  t.same(await keysOf(await dev.address()), ['first'])
  await writeFile(file, 'server: { prot: 1 }\nsources:\n  a: { url: "http://127.0.0.1:1/x", timeout: 10 }\n')
  await dev.until(/cannot be used:\n/)
  await dev.until(/server\.prot \(line 1\): is an unknown key; did you mean "port"\?\n/)
  await dev.until(/sources\.a\.timeout \(line 3\): .*\n/)
  await dev.until(/dev: not running; waiting for a change of \S+ or the source code\n/)
  await writeFile(file, 'sources: {')
  await dev.until(/dev: not running; /)
  await writeFile(file, config('mended'))
  t.same(await keysOf(await dev.address()), ['mended'])
  t.notMatch(dev.output(), /^\s+at .*:\d+/m, 'no stack')
})

t.test('waits for a configuration that does not exist yet', async (t) => {
  const { file, config } = await startUpstreamConfig(t)
  await rm(file)
  const dev = startDev(t, { env: { TRIBUTARY_CONFIG: file } })
  await dev.until(/there is no file \S+; write the path of a YAML or JSON file\n/)
  await dev.until(/dev: not running; /)
  await writeFile(file, config('new'))
  t.same(await keysOf(await dev.address()), ['new'])
})

t.test('restarts when a file of tls changes, also while that keeps the service from starting', async (t) => {
  const upstream = await startUpstream(t, { tls: 'good' })
  const more = { connectTimeout: '2s', timeout: '3s', retry: false }
  const deadline = { default: '3s' }
  const file = await configFile(t, {
    deadline,
    sources: { a: { url: upstream.url('/ok'), tls: { ca: 'ca.pem' }, ...more } },
  })
  const caFile = join(dirname(file), 'ca.pem')
  await writeFile(caFile, readFileSync(certificateFile('self-signed')))
  const dev = startDev(t, { args: [file] })
  const data = async (address: string) => (await get(`${address}/aggregate`)).json.data?.a ?? null
  t.equal(await data(await dev.address()), null)
  await writeFile(caFile, ca)
  await dev.until(/dev: a certificate or key of the configuration changed; starting again\n/)
  t.same(await data(await dev.address()), { ok: true })
  await rm(caFile)
  await dev.until(/sources\.a\.tls\.ca .*names a file that is not there/)
  await dev.until(/dev: not running; waiting for a change of \S+, a file that it names, or the source code\n/)
  await writeFile(`${caFile}.new`, ca)
  await rename(`${caFile}.new`, caFile)
  t.same(await data(await dev.address()), { ok: true })
  await writeFile(file, JSON.stringify({ deadline, sources: { a: { url: upstream.url('/ok'), ...more } } }))
  t.equal(await data(await dev.address()), null, 'the file is named no longer')
  const before = dev.output().length
  await writeFile(caFile, 'x')
  await pause(600)
  t.notMatch(dev.output().slice(before), /dev:/)
})
