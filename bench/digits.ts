import { mayHoldLong } from '../src/json/long-number-scan.ts'
import type { Figure } from './figure.ts'

/** What it costs to look for numbers that a double cannot hold, in bodies of several kinds that hold none. */

const BYTES = 2 ** 20
/** The quickest of so many rounds counts: other work on the machine only ever adds. */
const ROUNDS = 200
const MOST_MS = 1.5

/** A body of about a megabyte, as a list of what `item` gives. */
function bodyOf(item: (index: number) => unknown): string {
  const items: string[] = []
  for (let bytes = 0; bytes < BYTES; bytes += (items.at(-1)?.length ?? 0) + 1) {
    items.push(JSON.stringify(item(items.length)))
  }
  return `[${items.join(',')}]`
}

const sentence = 'Each of these sentences, which are all alike, has a number (24) and a date: 2026-11-26.'

const BODIES: Readonly<Record<string, string>> = {
  'flat integers': bodyOf((index) => (index * 7919) % 1_000_003),
  'times in milliseconds': bodyOf((index) => 1_764_200_000_000 + index * 977),
  'times in microseconds': bodyOf((index) => 1_764_200_000_000_000 + index * 977),
  decimals: bodyOf((index) => Math.round(index * 372.9) / 1000),
  text: bodyOf((index) => `${index}. ${sentence.repeat(4)}`),
  'ids as texts': bodyOf((index) => `76159173374952${String(index).padStart(5, '0')}`),
  nested: bodyOf((index) => ({
    id: index,
    name: `Item ${index}`,
    at: { lat: Math.round(index * 1003) / 1e4, lon: -0.1278 },
    tags: ['new', 'red'],
    created: '2026-11-26T10:00:00Z',
  })),
}
/** Numbers of 16 or 17 digits are compared one by one: no look at their length says whether a double holds them. */
const CLOSE = { 'decimals of 17 digits': bodyOf((index) => Math.sin(index + 1)) }

export async function digits(): Promise<readonly Figure[]> {
  const figure = (name: string, body: string): Figure => ({ name: `${name}, a MB`, value: costOf(body), unit: 'ms' })
  const bar = { atMost: MOST_MS }
  return [
    ...Object.entries(BODIES).map(([name, body]) => ({ ...figure(name, body), bar })),
    ...Object.entries(CLOSE).map(([name, body]) => figure(name, body)),
    ...Object.entries(BODIES).map(([name, body]) => ({
      name: `${name}: parsing, a MB`,
      value: lowest(() => JSON.parse(body), body.length),
      unit: 'ms' as const,
    })),
  ]
}

function costOf(body: string): number {
  const bytes = Buffer.from(body)
  return lowest(() => mayHoldLong(bytes), bytes.length)
}

/** Milliseconds a MB. */
function lowest(run: () => unknown, bytes: number): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now()
    run()
    return performance.now() - startedAt
  })
  return Math.min(...times) * (1e6 / bytes)
}
