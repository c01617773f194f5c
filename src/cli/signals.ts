import { isatty } from 'node:tty'

/** The signals that ask the process to end. */
export const SIGNALS = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR2'] as const

/**
 * One request to end often arrives as several signals: a terminal, `timeout` or a service manager signals the whole
 * process group, and npm passes its own signal on. Signals within this time of the first one count as the same request.
 */
const SAME_MS = 1000

export interface SignalHooks {
  /** Called at the first signal: should end the process gracefully. */
  readonly onFirst: () => void
  /** Called at a later signal: should end the process at once. */
  readonly onSecond: () => void
}

/** Listens for the signals that ask the process to end. */
export function listenForSignals({ onFirst, onSecond }: SignalHooks): void {
  let firstAt: number | null = null
  const onSignal = (): void => {
    if (firstAt === null) {
      firstAt = performance.now()
      onFirst()
    } else if (performance.now() - firstAt > SAME_MS) onSecond()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
}

/** What SIGHUP means. */
export interface ReloadHooks {
  /** Called at SIGHUP: should load the configuration again. */
  onReload: () => void
  /** Called when the terminal was closed, which sends SIGHUP, too: should end the process, as nobody watches it. */
  onHangup: () => void
}

/** Listens for SIGHUP. The hooks may be replaced later. */
export function listenForReload(hooks: ReloadHooks): void {
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  // after a hangup, no terminal answers any more
  const isGone = (): boolean => terminals.length > 0 && !terminals.some((fd) => isatty(fd))
  process.on('SIGHUP', () => (isGone() ? hooks.onHangup() : hooks.onReload()))
}
