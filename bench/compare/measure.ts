import { Child, withChildren } from '../child.ts'
import type { UpstreamAnswer } from '../children/upstream.ts'
import { median, quantile } from '../figure.ts'
import type { Case } from './cases.ts'
import { FLOOR, type Foreign, type Server, startServers } from './servers.ts'
import { CONNECTIONS, paced, type Turn, turn, warmUp } from './turn.ts'

/** What was measured of one server in one case. */
export interface Measured {
  readonly server: string
  /** Processor time of an answer in microseconds: user and system, all threads, median of the rounds. */
  readonly microseconds: number
  /** The median of the ratios to the floor, each of one round. */
  readonly toFloor: number
  /** The quartiles of these ratios. */
  readonly quartiles: readonly [number, number]
  /** Answers a second with CONNECTIONS connections, median of the rounds. The client and the sources share the machine. */
  readonly perSecond: number
  /** Latencies at the fixed rate of the case, in milliseconds, from the instant at which each call was due. */
  readonly p50: number
  readonly p99: number
  readonly p999: number
  /** Peak of the resident memory, after everything. */
  readonly peakMegabytes: number
}

/** How long, and how often. */
export interface Effort {
  readonly warmUpMs: number
  readonly rounds: number
  /** Of one server in a round. */
  readonly roundMs: number
  /** Of the calls at a fixed rate. */
  readonly pacedMs: number
}

/** V8 needs about ten seconds of load until it has compiled what matters. */
export const FULL: Effort = { warmUpMs: 10_000, rounds: 9, roundMs: 1000, pacedMs: 10_000 }
/** For a first look. */
export const QUICK: Effort = { warmUpMs: 4000, rounds: 3, roundMs: 500, pacedMs: 2000 }

/** Measures all servers in a case, in turns, so that other load of the machine meets all of them. */
export async function measure(one: Case, effort: Effort, foreign: readonly Foreign[]): Promise<readonly Measured[]> {
  const [upstream, load] = [Child.start('upstream'), Child.start('load')]
  return withChildren([upstream, load], async () => {
    const { origin } = await upstream.ask<UpstreamAnswer>({})
    const servers = await startServers(one, origin, foreign)
    try {
      const counts: number[] = []
      for (const server of servers) counts.push(await warmUp(server, load, one, effort))
      const rounds = await takeTurns(servers, counts, load, one, effort)
      const floor = rounds.map((round) => round[servers.findIndex(({ name }) => name === FLOOR)] as Turn)
      const measured: Measured[] = []
      for (const [index, server] of servers.entries()) {
        const latencies = await paced(server, load, one, { perSecond: one.perSecond, forMs: effort.pacedMs })
        const turns = rounds.map((round) => round[index] as Turn)
        measured.push(await summary(server, { turns, latencies, floor }))
      }
      return measured
    } finally {
      await Promise.all(servers.map((server) => server.stop()))
    }
  })
}

async function takeTurns(
  servers: readonly Server[],
  counts: readonly number[],
  load: Child,
  one: Case,
  { rounds }: Effort,
): Promise<readonly (readonly Turn[])[]> {
  const measured: Turn[][] = []
  for (let round = 0; round < rounds; round += 1) {
    const turns: Turn[] = []
    for (let step = 0; step < servers.length; step += 1) {
      // another one begins in each round
      const index = (round + step) % servers.length
      turns[index] = await turn(servers[index] as Server, load, one, counts[index] ?? CONNECTIONS)
    }
    measured.push(turns)
  }
  return measured
}

interface Readings {
  readonly turns: readonly Turn[]
  readonly floor: readonly Turn[]
  readonly latencies: readonly number[]
}

async function summary(server: Server, { turns, floor, latencies }: Readings): Promise<Measured> {
  const ratios = turns.map(({ microseconds }, round) => microseconds / (floor[round]?.microseconds ?? Number.NaN))
  const { peakMegabytes } = await server.usage()
  return {
    server: server.name,
    microseconds: median(turns.map(({ microseconds }) => microseconds)),
    toFloor: median(ratios),
    quartiles: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    perSecond: median(turns.map(({ perSecond }) => perSecond)),
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    p999: quantile(latencies, 0.999),
    peakMegabytes,
  }
}
