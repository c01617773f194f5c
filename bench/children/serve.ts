import { monitorEventLoopDelay } from 'node:perf_hooks'

/** The child's side: answers each question with the result of `answer`. Ends when the parent disconnects. */
export function serve<Question>(answer: (question: Question) => Promise<object> | object): void {
  process.on('message', (question) => {
    void Promise.resolve(answer(question as Question)).then((answered) => process.send?.(answered))
  })
  process.once('disconnect', () => process.exit(0))
}

/** CPU time of this process so far: user and system, all threads, in microseconds. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
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
