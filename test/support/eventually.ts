import { setTimeout as pause } from 'node:timers/promises'

/** Waits until `check` holds; throws if it does not within `withinMs`, which is wide: a busy machine may hold us up. */
export async function eventually(check: () => boolean, withinMs = 5000): Promise<void> {
  const until = performance.now() + withinMs
  while (!check()) {
    if (performance.now() > until) throw new Error(`not within ${withinMs} ms: ${check}`)
    await pause(2)
  }
}
