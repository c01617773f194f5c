import { monitorEventLoopDelay } from 'node:perf_hooks'
import { collectGarbage } from '../../src/core/garbage.ts'
import { profileCpu, profileHeap } from './profiler.ts'

/** The child's side: answers each question with the result of `answer`. Ends when the parent disconnects. */
export function serve<Question>(answer: (question: Question) => Promise<object> | object): void {
  process.on('message', (question) => {
    void Promise.resolve(answer(question as Question)).then((answered) => process.send?.(answered))
  })
  process.once('disconnect', () => process.exit(0))
}

/** What every server tells of itself. */
export type ServerQuestion =
  | { readonly usage: true }
  | { readonly stall: true }
  | { readonly memory: true }
  /** Records a profile for so long: of the processor, or of what is allocated. */
  | { readonly profile: 'cpu' | 'heap'; readonly ms: number }

/** What the operating system counts for a process. */
export interface Usage {
  /** Processor time so far: user and system, all threads. */
  readonly microseconds: number
  /** The most memory that was resident so far. */
  readonly peakMegabytes: number
}

/** The side of a child that is a server. `start` begins to serve, once, and resolves to the origin. */
export function serveServer<Question extends object>(start: (question: Question) => Promise<string>): void {
  serve(async (question: Question | ServerQuestion): Promise<object> => {
    if ('usage' in question) return usage()
    if ('stall' in question) return longestStall()
    if ('memory' in question) return heldMemory()
    if ('profile' in question) return question.profile === 'cpu' ? profileCpu(question.ms) : profileHeap(question.ms)
    return { origin: await start(question) }
  })
}

function usage(): Usage {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage()
  return { microseconds: userCPUTime + systemCPUTime, peakMegabytes: maxRSS / 1000 }
}

/** The memory of a process after a collection of garbage, in megabytes. */
export interface Held {
  /** What is resident: V8 keeps pages that it has freed for a while. */
  readonly megabytes: number
  /** What the objects take that are still referred to, with the bytes of their buffers. */
  readonly liveMegabytes: number
}

function heldMemory(): Held {
  collectGarbage()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { megabytes: rss / 1e6, liveMegabytes: (heapUsed + external) / 1e6 }
}

export interface Stall {
  /** The longest delay of the event loop, for any reason: load of other processes counts, too. */
  readonly milliseconds: number
  /** The most CPU time of one turn of the event loop, to within a millisecond. */
  readonly processorMs: number
}

/** Both start when they are first read. */
const delays = monitorEventLoopDelay({ resolution: 1 })
let isWatching = false
let longestTurnMs = 0

/** The longest stall since the last call of this function; 0 for the first call. */
export function longestStall(): Stall {
  if (!isWatching) watchTurns()
  const milliseconds = delays.enable() ? 0 : delays.max / 1e6
  const processorMs = longestTurnMs
  delays.reset()
  longestTurnMs = 0
  return { milliseconds, processorMs }
}

function watchTurns(): void {
  isWatching = true
  let last = threadMs()
  setInterval(() => {
    const now = threadMs()
    longestTurnMs = Math.max(longestTurnMs, now - last)
    last = now
  }, 1).unref()
}

function threadMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
