import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Line } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import type { Owner } from '../support/owner.ts'
import { container, type Ended, engineEnv, imageConfig, output, run } from './engine.ts'

/** The service as it runs in a container, in a network of its own that has nothing but loopback. */
export interface Running {
  readonly lines: readonly Line[]
  /** The user that the service runs as, by number. */
  readonly uid: number
  /** GETs from inside that network. */
  get(path: string): Promise<{ status: number; json: Line }>
  /** Runs the command of HEALTHCHECK in the container. */
  healthCheck(): Promise<Ended>
  /** Sends SIGTERM to the service; `ms` is how long it then took to exit. */
  terminate(): Promise<{ readonly code: number | null; readonly ms: number }>
}

/** Runs the image's own command and waits until it listens. `options` are those of `buildah run`. */
export async function start(t: Owner, options: readonly string[] = []): Promise<Running> {
  const { Cmd, Healthcheck } = await imageConfig()
  const name = await container(t)
  const { child, pid } = launch(t, ['buildah', 'run', ...options, name, '--', ...Cmd])
  const lines = linesOf(child.stdout as Readable)
  const closed = once(child, 'close')
  await eventually(() => lines.some(({ msg }) => msg === 'listening') || child.exitCode !== null, 60_000)
  const service = lastOf(pid)
  const inNetwork = ['nsenter', `--net=/proc/${pid}/ns/net`]
  return {
    lines,
    uid: Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${service}/status`, 'utf8'))?.[1]),
    get: async (path) => JSON.parse(await output(...inNetwork, process.execPath, '-e', GET, path)),
    healthCheck: () => run(...inNetwork, 'buildah', 'run', name, '--', ...Healthcheck.Test.slice(1)),
    async terminate() {
      const startedAt = performance.now()
      process.kill(service, 'SIGTERM')
      const [code] = await closed
      return { code, ms: performance.now() - startedAt }
    },
  }
}

const GET = `
  const answer = await fetch('http://127.0.0.1:3000' + process.argv[1])
  console.log(JSON.stringify({ status: answer.status, json: await answer.json() }))
`

/** In a network of its own, where a service may listen on every address, and on the port that the image names. */
function launch(t: Owner, command: readonly string[]): { child: ChildProcess; pid: number } {
  const [program = '', ...args] = ['unshare', '--net', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', ...command]
  const child = spawn(program, args, { env: engineEnv, stdio: ['ignore', 'pipe', 'inherit'] })
  const pid = Number(child.pid)
  t.teardown(() => {
    // the service itself: buildah does not hand a signal on
    if (child.exitCode === null && child.signalCode === null) process.kill(lastOf(pid), 'SIGKILL')
  })
  return { child, pid }
}

function linesOf(stream: Readable): Line[] {
  const lines: Line[] = []
  createInterface(stream).on('line', (line) => lines.push(JSON.parse(line)))
  return lines
}

/** The last of a chain of processes that each started the next one. */
function lastOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`)
  const children = threads.map((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8')).join('')
  const [child] = children.split(' ')
  return child ? lastOf(Number(child)) : pid
}
