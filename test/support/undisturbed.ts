import type { Test } from 'tap'
import type { Owner } from './owner.ts'

const TRIES = 5

/**
 * Runs a scenario in which Redis must answer within milliseconds, and throws what it throws. On a machine with other work,
 * Redis or this process may be held up longer, and then answers rightly go on without it: so a scenario that throws is
 * run again, from its start, up to five times.
 */
export async function undisturbed(t: Test, scenario: (owner: Owner) => Promise<void>): Promise<void> {
  for (let left = TRIES - 1; ; left -= 1) {
    const ends: (() => unknown)[] = []
    try {
      await scenario({ teardown: (end) => ends.push(end) })
      t.pass(`on try ${TRIES - left}`)
      return
    } catch (error) {
      if (left === 0) throw error
      t.comment(`once more, after ${error}`)
    } finally {
      for (const end of ends.reverse()) await end()
    }
  }
}
