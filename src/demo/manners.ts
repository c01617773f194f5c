import type { Random } from './random.ts'

/** From (inclusive) to (exclusive). */
export type Range = readonly [from: number, to: number]

/** How an upstream behaves, whatever it is asked. Shares are of all calls, 0 to 1. */
export interface Manners {
  /** How long an ordinary answer takes. */
  readonly latencyMs: Range
  /** This share of calls takes this long instead. */
  readonly slow?: { readonly share: number; readonly latencyMs: Range }
  /** This share of calls fails with one of these statuses (at least one). */
  readonly failing?: { readonly share: number; readonly statuses: readonly number[] }
}

/** How one call goes: it is answered after `delayMs`, and with the service's error of `fault` when that is a status. */
export interface Turn {
  readonly delayMs: number
  readonly fault: number | null
}

/** The turns of an upstream, one a call, without end. */
export function* turns(manners: Manners, random: Random): Generator<Turn, never> {
  for (;;) {
    // Always three draws, so that changing one kind of trouble leaves the others where they were.
    const [trouble, place, choice] = [random(), random(), random()]
    yield { delayMs: delayOf(manners, trouble, place), fault: faultOf(manners, trouble, choice) }
  }
}

function delayOf({ latencyMs, slow }: Manners, trouble: number, place: number): number {
  const [from, to] = slow && trouble < slow.share ? slow.latencyMs : latencyMs
  return Math.floor(from + place * (to - from))
}

function faultOf({ failing }: Manners, trouble: number, choice: number): number | null {
  if (!failing || trouble >= failing.share) return null
  return failing.statuses[Math.floor(choice * failing.statuses.length)] as number
}
