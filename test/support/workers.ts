import { Tinypool } from 'tinypool'
import type { Workers } from '../../src/source/work.ts'
import * as worker from '../../src/workers/worker.ts'

/** Runs the tasks of worker threads in this thread, with the same code: for tests with a fake clock. */
export const here: Workers = {
  async run({ name, message }, cancel) {
    if (cancel.reason !== null) return { cut: cancel.reason }
    const { task } = message()
    const work = worker as unknown as Record<string, (task: object) => Promise<Record<symbol, unknown>>>
    const result = (await work[name]?.(task)) ?? {}
    return { result: (Tinypool.valueSymbol in result ? result[Tinypool.valueSymbol] : result) as never }
  },
}
