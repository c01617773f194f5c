import { monitorEventLoopDelay } from 'node:perf_hooks'

/** A child's side: answers each question with what `answer` resolves to, and ends when its parent lets go of it. */
export function serve<Question>(answer: (question: Question) => Promise<object> | object): void {
  process.on('message', (question) => {
    void Promise.resolve(answer(question as Question)).then((answered) => process.send?.(answered))
  })
  process.once('disconnect', () => process.exit(0))
}

/** Processor time of this process so far, all its threads, user and system, in microseconds. */
export function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

export interface Stall {
  /** The longest that the event loop was held up, by whatever: a busy machine shows, too. */
  readonly milliseconds: number
  /** The most processor time that its thread took in one turn of it, within a millisecond. */
  readonly processorMs: number
}

/** Both run from the first time that they are asked for. */
const delays = monitorEventLoopDelay({ resolution: 1 })
let isWatching = false
let longestTurnMs = 0

/** The longest stall since the last time that this was asked; 0 the first time. */
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
