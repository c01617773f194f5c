import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { FilesNamed } from '../follow.ts'

/** How long the service may take to stop before a restart. Shorter than in production, where it drains. */
const STOP_MS = 1000

export interface SupervisorOptions {
  /** The arguments of Node: the file, then its own arguments. */
  readonly command: readonly string[]
  /** Called with each line of the service's standard output, without its line break. */
  readonly onLine: (line: string) => void
  /** Called when the service has read its configuration, with the other files that this names. */
  readonly onFiles: (files: readonly string[]) => void
  /** Called when the service ended by itself: it could not start, or crashed. `code` is null if a signal ended it. */
  readonly onEnded: (code: number | null) => void
  /** Called after `end`, when the service has ended or was not running. */
  readonly onStopped: (code: number) => void
}

/** Runs the service as a child process, and restarts it on request. */
export class Supervisor {
  readonly #options: SupervisorOptions
  #child: ChildProcess | null = null
  #next: 'wait' | 'start' | 'end' = 'wait'

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Starts the service; stops it first if it is running. */
  restart(): void {
    if (this.#next === 'end') return
    if (this.#child === null) this.#start()
    // if it is stopping already, it will start with the files as they are then
    else if (this.#next === 'wait') this.#stopToStart(this.#child)
  }

  /** Passes a signal on to the service, which decides how it ends. It is not restarted any more. */
  end(signal: NodeJS.Signals): void {
    this.#next = 'end'
    if (this.#child === null) this.#options.onStopped(0)
    else this.#child.kill(signal)
  }

  /** Kills the service. Call it when this process exits: otherwise the service would go on and keep its port. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  #start(): void {
    this.#next = 'wait'
    const child = spawn(process.execPath, this.#options.command, { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] })
    this.#child = child
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', this.#options.onLine)
    child.on('message', (message) => this.#options.onFiles((message as FilesNamed).files))
    child.on('close', (code) => {
      this.#child = null
      this.#onClosed(code)
    })
  }

  #stopToStart(child: ChildProcess): void {
    this.#next = 'start'
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS)
    child.on('close', () => clearTimeout(timer))
  }

  #onClosed(code: number | null): void {
    if (this.#next === 'end') this.#options.onStopped(code ?? 1)
    else if (this.#next === 'start') this.#start()
    else this.#options.onEnded(code)
  }
}
