import { openSync } from 'node:fs'
import { devNull } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/logger.ts'
import { start } from '../../src/start.ts'
import { processorTime, serve } from './serve.ts'

/** Tributary as in production: everything at its default, the log at info, only that nobody keeps it. */

export type TributaryQuestion = { readonly config: object } | { readonly usage: true } | { readonly stall: true }

/** Runs from the first time that it is asked for. */
const delays = monitorEventLoopDelay({ resolution: 5 })

serve(async (question: TributaryQuestion) => {
  if ('usage' in question) return { microseconds: processorTime() }
  if ('stall' in question) return { milliseconds: longestStall() }
  // JSON is YAML
  const { config, problems } = parseConfig(JSON.stringify(question.config), {})
  if (config === null) throw new Error(JSON.stringify(problems))
  const { address } = await start(config, createLog('info', openSync(devNull, 'w')))
  return { origin: address }
})

/** The longest that the event loop was held up since the last time that this was asked; 0 the first time. */
function longestStall(): number {
  const ms = delays.enable() ? 0 : delays.max / 1e6
  delays.reset()
  return ms
}
