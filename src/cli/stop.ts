import closeWithGrace from 'close-with-grace'
import type { Demo } from '../demo/demo.ts'
import type { Service } from '../service.ts'
import type { Log } from '../telemetry/logger.ts'
import { CLOSE_TIMEOUT_MS, type Tracing } from '../telemetry/registry.ts'
import type { Reloader } from './reload.ts'
import { listenForSignals, SIGNALS } from './signals.ts'

/** How long the reader of the log may take to read the last lines. */
const FLUSH_TIMEOUT_MS = 500

const SKIPPED = ['beforeExit', 'SIGHUP', ...SIGNALS] as const

/** What has to be stopped before the process ends. */
export interface Stopping {
  readonly service: Service
  readonly reloader: Reloader
  readonly demo: Demo | undefined
  readonly tracing: Tracing | null
  readonly log: Log
}

/** Stops the process at a signal or an unforeseen error. Returns a function that stops it as a signal does. */
export function stopOnSignals({ service, reloader, demo, tracing, log }: Stopping): () => void {
  // without its own time limit, because a reload may change ours
  const grace = closeWithGrace({ delay: false, logger: false, skip: [...SKIPPED] }, async ({ err }) => {
    if (err !== undefined) log.logger.fatal({ err }, 'unforeseen error')
    await reloader.stop()
    // a last resort: draining has its own time limits, which should end before this
    setTimeout(() => process.exit(1), service.stopMs + CLOSE_TIMEOUT_MS + 2 * FLUSH_TIMEOUT_MS).unref()
    await service.stop()
    await demo?.close()
    await tracing?.close()
    await leave(log, err === undefined ? 0 : 1)
  })
  listenForSignals({
    onFirst: () => grace.close(),
    onSecond: () => (log.dropped() > 0 ? process.kill(process.pid, 'SIGKILL') : process.exit(1)),
  })
  return () => grace.close()
}

/**
 * Ends the process. If the log is not read, a thread is blocked in a write, and a normal exit would wait for it for
 * ever.
 */
async function leave(log: Log, code: number): Promise<void> {
  if (!(await log.flush(FLUSH_TIMEOUT_MS))) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}
