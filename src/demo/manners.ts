import type { Random } from './random.ts'

/** A range: from (inclusive) to (exclusive). */
export type Range = readonly [from: number, to: number]

/** The behaviour of an upstream, for all its requests. Shares are of all calls, 0 to 1. */
export interface Manners {
  /** How long an ordinary answer takes. */
  readonly latencyMs: Range
  /** This share of calls takes this long instead. */
  readonly slow?: { readonly share: number; readonly latencyMs: Range }
  /** This share of calls fails with one of these statuses (at least one). */
  readonly failing?: { readonly share: number; readonly statuses: readonly number[] }
}

/** The behaviour of one call: it is answered after `delayMs`, with the service's error if `fault` is a status. */
export interface Turn {
  readonly delayMs: number
  readonly fault: number | null
}

/** An endless sequence of turns, one for each call. */
export function* turns(manners: Manners, random: Random): Generator<Turn, never> {
  for (;;) {
    // Always draw three numbers, so that changing one kind of failure does not move the others.
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
