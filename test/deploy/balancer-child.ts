import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { get } from '../support/get.ts'
import { untilLive } from '../support/service-process.ts'
import { ROOT, read } from './files.ts'

/**
 * Runs in a network namespace of its own: nginx with its configuration in deploy/, two replicas, and a name server where
 * Docker has its own. Restarts one replica after the other while they are asked, and prints how often each status came.
 */

/** nginx asks for addresses once a second, and not while it has no request. */
const KNOWN_AFTER_MS = 2000

const folder = await mkdtemp(join(tmpdir(), 'tributary-'))
const children: ChildProcess[] = []
try {
  process.stdout.write(JSON.stringify(await restartBoth()))
} finally {
  // not SIGKILL: it would leave nginx's worker process
  for (const child of children) child.kill('SIGTERM')
  await Promise.all(children.map((child) => child.exitCode ?? child.signalCode ?? once(child, 'exit')))
  await rm(folder, { recursive: true })
}
process.exit(0)

async function restartBoth() {
  execFileSync('ip', ['link', 'set', 'lo', 'up'])
  const upstream = createServer((_request, response) => {
    setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('1'), 50)
  })
  await new Promise<void>((resolve) => upstream.listen(4000, '127.0.0.1', resolve))
  const known = new Set<string>()
  await serveNames(known)
  const replicas = ['127.0.0.2', '127.0.0.3']
  const running = new Map<string, ChildProcess>()
  for (const host of replicas) running.set(host, await startReplica(host, known))
  await startNginx()
  await untilLive('http://127.0.0.1:8080')
  const counts: Record<string, number> = {}
  let isOver = false
  const asking = (async () => {
    const asked: Promise<void>[] = []
    while (!isOver) {
      asked.push(ask(counts))
      await pause(20)
    }
    await Promise.all(asked)
  })()
  for (const host of replicas) {
    await pause(KNOWN_AFTER_MS)
    const child = running.get(host) as ChildProcess
    child.kill('SIGTERM')
    await once(child, 'exit')
    known.delete(host)
    running.set(host, await startReplica(host, known))
  }
  await pause(KNOWN_AFTER_MS)
  isOver = true
  await asking
  return counts
}

async function ask(counts: Record<string, number>): Promise<void> {
  const status = await get('http://127.0.0.1:8080/aggregate').then(
    ({ status }) => String(status),
    (error) => String(error.code),
  )
  counts[status] = (counts[status] ?? 0) + 1
}

/** Becomes known by its name when it is ready, as a container does. */
async function startReplica(host: string, known: Set<string>): Promise<ChildProcess> {
  const file = join(folder, 'tributary.json')
  const server = { drainDelay: '300ms', trustProxy: 'loopback' }
  await writeFile(file, JSON.stringify({ server, sources: { a: { url: 'http://127.0.0.1:4000/' } } }))
  const env = { ...process.env, HOST: host, PORT: '3000' }
  const child = spawn(process.execPath, [join(ROOT, 'src/main.ts'), '--config', file], { env, stdio: 'ignore' })
  children.push(child)
  await untilLive(`http://${host}:3000`)
  known.add(host)
  return child
}

async function startNginx(): Promise<void> {
  const main = `user root; daemon off; pid ${folder}/nginx.pid; events {}
    http { access_log off; include tributary.conf; }`
  await writeFile(join(folder, 'nginx.conf'), main)
  await writeFile(join(folder, 'tributary.conf'), read('nginx/tributary.conf'))
  children.push(
    spawn('nginx', ['-p', folder, '-c', 'nginx.conf', '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'ignore'] }),
  )
}

/** Answers every question with the addresses that are known (RFC 1035), in another order each time. */
async function serveNames(known: ReadonlySet<string>): Promise<void> {
  const socket = createSocket('udp4')
  socket.on('message', (question, { port, address }) => {
    const end = question.indexOf(0, 12) + 5
    const isA = question.readUInt16BE(end - 4) === 1
    const addresses = isA ? [...known].sort(() => Math.random() - 0.5) : []
    const header = Buffer.from(question.subarray(0, 12))
    header.writeUInt16BE(0x8180, 2)
    header.writeUInt16BE(addresses.length, 6)
    header.writeUInt32BE(0, 8)
    const records = addresses.map((one) =>
      Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4, ...one.split('.').map(Number)]),
    )
    socket.send(Buffer.concat([header, question.subarray(12, end), ...records]), port, address)
  })
  await new Promise<void>((resolve) => socket.bind(53, '127.0.0.11', resolve))
}
