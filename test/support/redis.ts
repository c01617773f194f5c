import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { encode, type Reply, ReplyReader } from '../../src/redis/protocol.ts'
import type { Owner } from './owner.ts'
import { freePort } from './service-process.ts'

const versionText = found('redis-server') ?? found('valkey-server')

/** Why tests with a real Redis are skipped; false where there is one. */
export const noRedis = versionText === null ? 'there is no redis-server here' : false
/** Why tests of Redis over TLS are skipped. */
export const noRedisTls = noRedis || (isBuiltWithTls() ? false : 'this redis-server has no TLS')

const CERTS = fileURLToPath(new URL('upstream/certs/', import.meta.url))

/** A real Redis of a test. */
export interface RedisServer {
  readonly port: number
  /** `redis://127.0.0.1:12345` */
  readonly url: string
  /** Sends one command, over a connection of its own. */
  call(...command: readonly (string | number | Buffer)[]): Promise<Reply>
  /** How many commands of this name it has run. */
  calls(command: string): Promise<number>
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void
  kill(): Promise<void>
  /** Starts it again on the same port. */
  restart(...args: readonly string[]): Promise<void>
}

export interface RedisOptions {
  readonly args?: readonly string[]
  readonly tls?: boolean
}

/** Starts redis-server on a free port of loopback, without persistence; it is killed when the test is over. */
export async function startRedis(t: Owner, { args = [], tls = false }: RedisOptions = {}): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-redis-'))
  const port = await freePort()
  const fixed = ['--bind', '127.0.0.1', '--dir', folder, '--save', '', '--enable-debug-command', 'local']
  const ports = tls ? tlsArgs(port) : ['--port', String(port)]
  let child: ChildProcess
  const run = async (more: readonly string[]): Promise<void> => {
    child = spawn(versionText?.command ?? '', [...fixed, ...ports, ...args, ...more], { stdio: 'ignore' })
    while (child.exitCode === null && !(await accepts(port))) await pause(5)
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`)
  }
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.teardown(async () => {
    await kill()
    await rm(folder, { recursive: true, force: true })
  })
  await run([])
  return {
    port,
    url: `${tls ? 'rediss' : 'redis'}://127.0.0.1:${port}`,
    call: (...command) => call(port, command),
    calls: async (command) => {
      const stats = String(await call(port, ['INFO', 'commandstats']))
      return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
    },
    signal: (signal) => void child.kill(signal),
    kill,
    restart: async (...more) => {
      await kill()
      await run(more)
    },
  }
}

function tlsArgs(port: number): readonly string[] {
  const files = ['--tls-cert-file', `${CERTS}good.pem`, '--tls-key-file', `${CERTS}key.pem`]
  return [
    '--port',
    '0',
    '--tls-port',
    String(port),
    ...files,
    '--tls-ca-cert-file',
    `${CERTS}ca.pem`,
    '--tls-auth-clients',
    'no',
  ]
}

function found(command: string): { command: string; text: string } | null {
  try {
    return {
      command,
      text: execFileSync(command, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    }
  } catch {
    return null
  }
}

function isBuiltWithTls(): boolean {
  try {
    execFileSync(versionText?.command ?? '', ['--port', '0', '--tls-port', '1', '--tls-cert-file', '/nowhere'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    })
    return true
  } catch (error) {
    return !/Bad directive/i.test(String((error as { stdout?: string }).stdout))
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' })
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

function call(port: number, command: readonly (string | number | Buffer)[]): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' })
    const reader = new ReplyReader(64 * 1024 * 1024, (reply) => {
      socket.destroy()
      if (reply instanceof Error) reject(reply)
      else resolve(Buffer.isBuffer(reply) ? reply.toString() : reply)
    })
    socket.on('data', (chunk: Buffer) => reader.push(chunk)).on('error', reject)
    for (const piece of encode(command)) socket.write(piece)
  })
}
