import { pino } from 'pino'
import type { Logger } from './logger.ts'

/** Fields of a log line: what JSON can hold. */
export type Fields = Readonly<Record<string, unknown>>

interface Destination {
  write(line: string): void
}

/**
 * Logs a line as `logger[level](fields, msg)` does, byte for byte, in less than half of its processor time: pino looks
 * at each field for errors, serializers and redaction, and these fields have none. For the lines of every answer.
 * `msg` is a word that needs no escaping. Errors do not belong here.
 */
export function writeLine(logger: Logger, level: 'info' | 'warn', fields: Fields, msg: string): void {
  if (!logger.isLevelEnabled(level)) return
  const { [pino.symbols.streamSym]: destination } = logger as unknown as Readonly<Record<symbol, Destination>>
  const members = JSON.stringify(fields).slice(1, -1)
  destination?.write(`{"level":${pino.levels.values[level]},"time":${Date.now()},${members},"msg":"${msg}"}\n`)
}
