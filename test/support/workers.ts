import { Tinypool } from 'tinypool'
import type { Workers } from '../../src/source/work.ts'
import * as worker from '../../src/workers/worker.ts'

/** Does the work of worker threads here and now, with the same code: for tests that move time by hand. */
export const here: Workers = {
  async run({ name, message }, cancel) {
    if (cancel.reason !== null) return { cut: cancel.reason }
    const { task } = message()
    const work = worker as unknown as Record<string, (task: object) => Promise<Record<symbol, unknown>>>
    const result = (await work[name]?.(task)) ?? {}
    return { result: (Tinypool.valueSymbol in result ? result[Tinypool.valueSymbol] : result) as never }
  },
}
