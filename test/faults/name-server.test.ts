import { spawnSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { get } from '../support/get.ts'
import { startProcess } from '../support/service-process.ts'
import { startUpstream } from '../support/upstream/upstream.ts'

/** A name server that is silent: `getaddrinfo` holds a thread for each name until it gives up, 10 s later. */

const SILENT = '127.0.0.153'
const HUNG = Array.from({ length: 30 }, (_, n) => `hung${n}`)
const WELL = Array.from({ length: 10 }, (_, n) => `well${n}`)

/** Replaces files of the system, in a mount namespace of this process only. */
const canMount = spawnSync('unshare', ['--mount', 'true']).status === 0
const skip = canMount ? false : 'needs root, and unshare of util-linux'

async function silentNameServer(t: Test): Promise<readonly string[]> {
  const socket = createSocket('udp4').bind(53, SILENT)
  await once(socket, 'listening')
  t.teardown(() => socket.close())
  const folder = await mkdtemp(join(tmpdir(), 'tributary-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const [resolv, hosts] = [join(folder, 'resolv.conf'), join(folder, 'hosts')]
  await writeFile(resolv, `nameserver ${SILENT}\n`)
  await writeFile(hosts, ['localhost', ...WELL].map((name) => `127.0.0.1 ${name}\n`).join(''))
  const script = 'mount --bind "$0" /etc/resolv.conf && mount --bind "$1" /etc/hosts && shift && exec "$@"'
  return ['unshare', '--mount', 'sh', '-c', script, resolv, hosts]
}

t.test('30 names whose lookups hang do not delay other names', { skip }, async (t) => {
  const within = await silentNameServer(t)
  const upstream = await startUpstream(t)
  const port = new URL(upstream.origin).port
  const hung = HUNG.map((name) => [name, { url: `http://${name}.example:${port}/ok` }])
  const well = WELL.map((name) => [name, { url: `http://${name}:${port}/ok-close` }])
  const { address, lines } = await startProcess(t, {
    within,
    config: { sources: Object.fromEntries([...hung, ...well]) },
  })
  const ask = (sources: readonly string[]) =>
    address().then((url) => get(`${url}/aggregate?sources=${sources.join(',')}`))
  const askWell = async () => {
    for (const name of WELL) {
      const { status, ms } = await ask([name])
      t.equal(status, 200, name)
      t.ok(ms < 500, `${name} took ${ms} ms`)
    }
  }
  const { json } = await ask(HUNG)
  t.match(
    json.failedSources,
    HUNG.map((id) => ({ id, code: 'connection_timeout' })),
  )
  await askWell()
  await ask(HUNG)
  // longer than the result of a lookup counts as fresh
  await pause(5_500)
  await Promise.all([ask(HUNG), askWell()])
  t.equal(lines.filter(({ msg, id }) => msg === 'upstream' && String(id).startsWith('well')).length, 2 * WELL.length)
})
