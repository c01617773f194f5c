import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { delimiter, dirname, join } from 'node:path'
import { eventually } from '../../support/eventually.ts'
import type { Owner } from '../../support/owner.ts'

const ROOT = join(import.meta.dirname, '../../..')

/** While other tests run, starting a process can take several seconds. */
const PATIENCE_MS = 20_000

export interface DevOptions {
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** The folder of the project; default: this one. */
  readonly root?: string
}

export interface DevProcess {
  readonly child: ChildProcess
  /** All that it printed so far, on both outputs. */
  readonly output: () => string
  /** Waits until `pattern` matches what was printed after the last match, and returns what it captures. */
  until(pattern: RegExp): Promise<string>
  /** The address of the next service that listens. */
  address(): Promise<string>
  readonly exited: Promise<number | null>
}

/** Runs `npm run dev`, in a process group of its own, which ends with the test. */
export function startDev(t: Owner, { args = [], env = {}, root = ROOT }: DevOptions = {}): DevProcess {
  const { HOST, LOG_LEVEL, TRIBUTARY_CONFIG, ...inherited } = process.env
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const child = spawn('npm', ['run', '--silent', 'dev', '--', ...args], {
    cwd: root,
    env: { ...inherited, PATH, PORT: '0', ...env },
    detached: true,
  })
  let output = ''
  let read = 0
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      output += chunk
    })
  const exited = once(child, 'close').then(([code]) => code as number | null)
  t.teardown(() => end(child, exited))
  const until = async (pattern: RegExp): Promise<string> => {
    const found = () => pattern.exec(output.slice(read))
    await eventually(() => found() !== null, PATIENCE_MS).catch(() => {
      throw new Error(`no ${pattern} in:\n${output}`)
    })
    const match = found()
    read += (match?.index ?? 0) + (match?.[0].length ?? 0)
    return match?.[1] ?? ''
  }
  return { child, output: () => output, until, address: () => until(/listening address=(\S+)\n/), exited }
}

/** Sends a signal that it can handle first: a process that is killed reports no coverage. */
async function end({ pid = 0, exitCode, signalCode }: ChildProcess, exited: Promise<unknown>): Promise<void> {
  if (exitCode !== null || signalCode !== null) return
  process.kill(pid, 'SIGTERM')
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), 5000)
  await exited
  clearTimeout(timer)
}
