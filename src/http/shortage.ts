import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8'
import { collectGarbage } from '../core/garbage.ts'

/** A resource that the process is short of: heap memory, or time of the event loop. */
export type Shortage = 'memory' | 'time'

/** How often heap use and event loop delay are sampled. */
export const SAMPLE_MS = 100
/** Samples in a row above a limit before the process counts as short. One stall is not an overload. */
const STRAINED_SAMPLES = 3
/** Share of the old generation's limit. Near it V8 collects garbage more and more often; at it the process aborts. */
export const MAX_HEAP_SHARE = 0.9
const MIB = 1024 * 1024
/** The largest semi-space of V8 in MiB, where no flag sets it: with Node 24, and since V8 14 (heap.cc). */
const SEMI_SPACE_MIB = Number.parseInt(process.versions.v8, 10) < 14 ? 64 : 32
/** Mean event loop delay within a sample. Above it, deadlines of a second or two cannot be met. */
export const MAX_LOOP_DELAY_MS = 300
/** A full garbage collection pauses the process, so the ones made here are at least this many samples apart. */
const COLLECT_EVERY = 20

export interface ShortageOptions {
  /** The mean event loop delay of the last sample, in milliseconds. */
  readonly loopDelayMs: () => number
  /** Called with each sample: what the process is short of, or null. */
  readonly onChange: (shortage: Shortage | null) => void
}

/**
 * Watches whether the process is short of memory or time. Returns a function that stops it.
 *
 * A full heap may consist of garbage. V8 collects it on allocation, but a process that refuses all requests allocates
 * hardly anything: it would be short of memory for ever. So this collects garbage before it reports a shortage of
 * memory, and every two seconds during one.
 */
export function watchShortage({ loopDelayMs, onChange }: ShortageOptions): () => void {
  const maxOldBytes = MAX_HEAP_SHARE * oldLimit(getHeapStatistics().heap_size_limit)
  const isFull = (): boolean => oldBytes() > maxOldBytes
  let full = 0
  let late = 0
  let sinceCollection = COLLECT_EVERY
  const timer = setInterval(() => {
    late = loopDelayMs() > MAX_LOOP_DELAY_MS ? late + 1 : 0
    full = isFull() ? full + 1 : 0
    sinceCollection += 1
    if (full >= STRAINED_SAMPLES && sinceCollection >= COLLECT_EVERY) {
      collectGarbage()
      sinceCollection = 0
      if (!isFull()) full = 0
    }
    if (full >= STRAINED_SAMPLES) onChange('memory')
    else onChange(late >= STRAINED_SAMPLES ? 'time' : null)
  }, SAMPLE_MS)
  timer.unref()
  return () => clearInterval(timer)
}

/**
 * The limit of the old generation in bytes. `heap_size_limit` counts the young generation too, as three semi-spaces. On a
 * small machine V8 chooses smaller ones by rules of its own: hence at least a third of the whole.
 */
export function oldLimit(heapLimit: number, options = flags()): number {
  const given = options.map((option) => /^--max[-_]semi[-_]space[-_]size=(\d+)$/.exec(option)?.[1])
  const semiSpaceMib = Number(given.findLast((value) => value !== undefined) ?? SEMI_SPACE_MIB)
  return Math.max(heapLimit - 3 * semiSpaceMib * MIB, heapLimit / 3)
}

function flags(): readonly string[] {
  return [...(process.env.NODE_OPTIONS ?? '').split(/\s+/), ...process.execArgv]
}

/** Bytes in use, without the space of new objects, which does not count towards the limit. */
function oldBytes(): number {
  const spaces = getHeapSpaceStatistics().filter(({ space_name }) => space_name !== 'new_space')
  return spaces.reduce((sum, { space_used_size }) => sum + space_used_size, 0)
}
