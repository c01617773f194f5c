import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Line } from './build.ts'
import { eventually } from './eventually.ts'
import { get } from './get.ts'
import type { Owner } from './owner.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

export interface ProcessOptions {
  /** YAML, or an object in the same form. Default: no configuration at all. */
  config?: string | object
  args?: readonly string[]
  env?: Record<string, string>
  /** A command that runs the process: the process's command line is appended as its last arguments. */
  within?: readonly string[]
  /** Never reads standard output. */
  deaf?: boolean
}

export interface ServiceProcess {
  readonly child: ChildProcess
  readonly lines: readonly Line[]
  readonly stderr: () => string
  /** Resolves to its address, after the log line with it. */
  address(): Promise<string>
  readonly exited: Promise<{ readonly code: number | null; readonly signal: string | null; readonly ms: number }>
}

/** Writes a configuration to a file that is removed when the test is over. */
export async function configFile(t: Owner, config: string | object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, 'config.yaml')
  await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config))
  return file
}

/** Runs src/main.ts as a child process; it is killed when the test is over. */
export async function startProcess(t: Owner, options: ProcessOptions = {}): Promise<ServiceProcess> {
  const { args = [], env = {}, config, within = [], deaf = false } = options
  const file = config === undefined ? [] : ['--config', await configFile(t, config)]
  const { HOST, PORT, LOG_LEVEL, TRIBUTARY_CONFIG, ...inherited } = process.env
  const [command = process.execPath, ...rest] = [...within, process.execPath, MAIN, ...file, ...args]
  const child = spawn(command, rest, { env: { ...inherited, PORT: '0', ...env } })
  const startedAt = performance.now()
  const lines: Line[] = []
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  if (deaf) child.stdout.pause()
  else readLines(child, lines)
  const exited = once(child, deaf ? 'exit' : 'close').then(([code, signal]) => ({
    code,
    signal,
    ms: performance.now() - startedAt,
  }))
  t.teardown(() => child.kill('SIGKILL'))
  const address = async (): Promise<string> => {
    const listening = () => lines.find((line) => line.msg === 'listening')
    await eventually(() => listening() !== undefined || child.exitCode !== null, 15_000)
    return String(listening()?.address)
  }
  return { child, lines, stderr: () => stderr, address, exited }
}

function readLines(child: ChildProcess, lines: Line[]): void {
  let rest = ''
  child.stdout?.on('data', (chunk) => {
    const parts = (rest + chunk).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) lines.push(JSON.parse(part))
  })
}

/** Waits until the service at this address answers, at most 10 s. */
export async function untilLive(address: string): Promise<void> {
  const isLive = () => get(`${address}/health/live`).then(Boolean, () => false)
  for (let tries = 0; tries < 200 && !(await isLive()); tries += 1) await pause(50)
}

/** A port of loopback on which nothing listens. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
