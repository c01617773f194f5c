import { type Logger as PinoLogger, pino } from 'pino'

export type Logger = PinoLogger

/** A logger, and the state of its output. */
export interface Log {
  readonly logger: Logger
  /** The number of lines dropped so far because the reader was too slow. */
  dropped(): number
  /** Writes all buffered lines. Resolves to false if that takes longer than `timeoutMs`: the reader hangs. */
  flush(timeoutMs: number): Promise<boolean>
}

/** The most bytes that are buffered for a slow reader. Above it, lines are dropped and counted. */
const MAX_HELD_BYTES = 8 * 1024 * 1024

/**
 * Logs JSON lines to a file descriptor (1 is standard output), asynchronously, so that a slow reader delays no answer.
 * Lines are buffered for at most 100 ms. `level` is a level of pino.
 */
export function createLog(level: string, fd = 1): Log {
  const destination = pino.destination({
    fd,
    sync: false,
    // with strings, every line would measure and flatten the whole buffer
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
  // if the reader is gone (EPIPE), logs are lost but the service goes on
  destination.on('error', () => {})
  return { logger, dropped: () => dropped, flush: (timeoutMs) => flush(destination, timeoutMs) }
}

/** A log that writes nothing and opens nothing, for an app that is not served. */
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
