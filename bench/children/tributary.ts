import { longestStall, processorTime, serve } from './serve.ts'
import { startTributary } from './start.ts'

export type TributaryQuestion = { readonly config: object } | { readonly usage: true } | { readonly stall: true }

serve(async (question: TributaryQuestion) => {
  if ('usage' in question) return { microseconds: processorTime() }
  if ('stall' in question) return longestStall()
  return { origin: await startTributary(question.config) }
})
