import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** How long the service may take to stop before a restart; a drain delay is for production. */
const STOP_MS = 1000

export interface SupervisorOptions {
  /** What Node runs: the file, then its arguments. */
  readonly command: readonly string[]
  /** Takes each line of the service's standard output, without its end. */
  readonly onLine: (line: string) => void
  /** The service ended by itself: it cannot start, or broke. `code` is null where a signal ended it. */
  readonly onEnded: (code: number | null) => void
  /** The service ended because `end` was called, or was not running then. */
  readonly onStopped: (code: number) => void
}

/** Runs the service as a process of its own, and runs it again when it is told to. */
export class Supervisor {
  readonly #options: SupervisorOptions
  #child: ChildProcess | null = null
  #next: 'wait' | 'start' | 'end' = 'wait'

  constructor(options: SupervisorOptions) {
    this.#options = options
  }

  /** Starts the service; where it runs, stops it first. */
  restart(): void {
    if (this.#next === 'end') return
    if (this.#child === null) this.#start()
    // one that is stopping already starts with what is in the files then
    else if (this.#next === 'wait') this.#stopToStart(this.#child)
  }

  /** Passes a signal on; the service decides how it ends. Nothing is started any more. */
  end(signal: NodeJS.Signals): void {
    this.#next = 'end'
    if (this.#child === null) this.#options.onStopped(0)
    else this.#child.kill(signal)
  }

  /** Ends the service at once, for when this process ends: it would go on alone, and keep its port. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  #start(): void {
    this.#next = 'wait'
    const child = spawn(process.execPath, this.#options.command, { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#child = child
    createInterface({ input: child.stdout }).on('line', this.#options.onLine)
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
