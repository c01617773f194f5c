import { guardian } from './guardian.ts'
import { hackernews } from './hackernews.ts'
import { type Manners, turns } from './manners.ts'
import { newsapi } from './newsapi.ts'
import { openweather } from './openweather.ts'
import { seededRandom, seedFor } from './random.ts'
import type { Service } from './service.ts'
import { startUpstream } from './upstream.ts'

const HEALTHY: Manners = { latencyMs: [20, 80] }

/**
 * The demo's upstreams, and how they behave. The slow answers take longer than `sources.guardian.timeout` of
 * config/demo.yaml, the others less: test/demo/config.test.ts holds the two together.
 */
export const upstreams = {
  NEWSAPI: { service: newsapi, manners: { ...HEALTHY, failing: { share: 1 / 3, statuses: [500, 503] } } },
  GUARDIAN: { service: guardian, manners: { ...HEALTHY, slow: { share: 1 / 3, latencyMs: [900, 1_300] } } },
  HACKERNEWS: { service: hackernews, manners: HEALTHY },
  OPENWEATHER: { service: openweather, manners: HEALTHY },
} as const satisfies Record<string, { service: Service; manners: Manners }>

/** With this seed, the first four calls show all kinds of answers: test/demo/turns.test.ts checks which ones. */
export const DEFAULT_SEED = 164

/** The running demo. */
export interface Demo {
  /** The variables of config/demo.yaml, such as `DEMO_NEWSAPI`: origins of upstreams, `http://127.0.0.1:<port>`. */
  readonly environment: Readonly<Record<string, string>>
  /** Stops all upstreams and destroys their sockets; may be called again. */
  close(): Promise<void>
}

export interface DemoOptions {
  readonly seed?: number
  /** Overrides the behaviour of some `upstreams`. */
  readonly manners?: Readonly<Partial<Record<keyof typeof upstreams, Manners>>>
}

/**
 * Starts local upstreams on loopback that imitate the real services, with seeded latency and failures: with the same
 * seed, the n-th call of an upstream always behaves the same.
 */
export async function startDemo({ seed = DEFAULT_SEED, manners: others = {} }: DemoOptions = {}): Promise<Demo> {
  const started = await Promise.all(
    Object.entries(upstreams).map(async ([name, { service, manners }]) => {
      const behaviour = others[name as keyof typeof upstreams] ?? manners
      const upstream = await startUpstream(service, turnsOf(name, behaviour, seed))
      return { ...upstream, variable: `DEMO_${name}` }
    }),
  )
  return {
    environment: Object.fromEntries(started.map(({ variable, origin }) => [variable, origin])),
    async close() {
      await Promise.all(started.map((upstream) => upstream.close()))
    },
  }
}

/** The behaviour of the calls of one upstream, in order. */
export function turnsOf(name: string, manners: Manners, seed: number) {
  return turns(manners, seededRandom(seedFor(name, seed)))
}

/** Placeholder addresses for the variables of config/demo.yaml, for when no source is called, as for the document. */
export function demoVariables(): Record<string, string> {
  return Object.fromEntries(Object.keys(upstreams).map((name) => [`DEMO_${name}`, 'http://127.0.0.1:9']))
}
