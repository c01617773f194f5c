/** Yields the next number in [0, 1). */
export type Random = () => number

/**
 * A small seeded generator (mulberry32): the same seed gives the same numbers on every machine. Not for secrets.
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/**
 * A separate seed for each name (FNV-1a), so that calls of one upstream do not change the behaviour of another.
 */
export function seedFor(name: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (const byte of Buffer.from(name)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}
