import { collectGarbage } from '../../src/core/garbage.ts'
import { longestStall, processorTime, serve } from './serve.ts'
import { startTributary } from './start.ts'

export type TributaryQuestion =
  | { readonly config: object }
  | { readonly usage: true }
  | { readonly stall: true }
  | { readonly memory: true }

serve(async (question: TributaryQuestion) => {
  if ('usage' in question) return { microseconds: processorTime() }
  if ('stall' in question) return longestStall()
  if ('memory' in question) return { megabytes: heldMemory() }
  return { origin: await startTributary(question.config) }
})

/** Memory of this process in megabytes, without garbage. */
function heldMemory(): number {
  collectGarbage()
  return process.memoryUsage.rss() / 1e6
}
