import { type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

/** A logger, and what has to be known of where it writes. */
export interface Log {
  readonly logger: Logger
  /** Lines thrown away so far because nobody read them. */
  dropped(): number
  /** Writes what is held back. False when it is not out after `timeoutMs`: the reader hangs. */
  flush(timeoutMs: number): Promise<boolean>
}

/** What is held for a reader that does not read; above it lines are dropped and counted. */
const MAX_HELD_BYTES = 8 * 1024 * 1024

/**
 * Logs JSON lines to a file descriptor (1 is standard output), asynchronously, so that a slow reader delays no answer;
 * lines are held back for at most 100 ms. `level` is pino's.
 */
export function createLog(level: string, fd = 1): Log {
  const destination = pino.destination({
    fd,
    sync: false,
    // as strings, every line would measure and flatten all that is held back
    contentMode: 'buffer',
    minLength: 32 * 1024,
    maxWrite: 64 * 1024,
    maxLength: MAX_HELD_BYTES,
    periodicFlush: 100,
  })
  const logger = pino({ level, base: null }, { write: (line) => destination.write(Buffer.from(line) as never) })
  let dropped = 0
  let told = 0
  destination.on('drop', () => {
    dropped += 1
  })
  destination.on('drain', () => {
    if (dropped === told) return
    told = dropped
    logger.warn({ dropped }, 'log lines dropped')
  })
  // a reader that went away (EPIPE) takes the logs with it, not the service
  destination.on('error', () => {})
  return { logger, dropped: () => dropped, flush: (timeoutMs) => flush(destination, timeoutMs) }
}

/** A log that writes nothing and opens nothing, for what is built without being served. */
export function silentLog(): Log {
  return { logger: pino({ enabled: false }, { write: () => {} }), dropped: () => 0, flush: async () => true }
}

function flush(destination: ReturnType<typeof pino.destination>, timeoutMs: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), timeoutMs)
    destination.flush(() => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}
