import { readFileSync } from 'node:fs'
import { Child } from '../child.ts'
import type { PlainQuestion } from '../children/floor.ts'
import type { ServerQuestion, Usage } from '../children/serve.ts'
import type { TributaryQuestion } from '../children/tributary.ts'
import { type Case, configOf, urlsOf } from './cases.ts'

/** A server that runs, and is measured. */
export interface Server {
  readonly name: string
  readonly url: string
  /** What the operating system has counted for its process so far. */
  usage(): Promise<Usage>
  stop(): Promise<void>
}

/** A server that was started here, which can be asked for more. */
export interface OwnServer extends Server {
  ask<Answer>(question: ServerQuestion): Promise<Answer>
}

/** A server that was started by hand; it calls the sources of the benchmark (`UPSTREAM_PORT`). */
export interface Foreign {
  readonly name: string
  /** With `{sources}` and `{bytes}` for those of the case. */
  readonly url: string
  readonly pid: number
}

/** The names of the servers that are always measured, in the order of the table. */
export const OURS = 'Tributary'
export const FLOOR = 'floor'
export const FETCH = 'Fastify and fetch'

const FILES = { [OURS]: 'tributary', [FLOOR]: 'floor', [FETCH]: 'fetch' } as const

/** Starts the servers for a case. A cache and streams are Tributary's only; the others then do the same as always. */
export async function startServers(one: Case, origin: string, foreign: readonly Foreign[]): Promise<readonly Server[]> {
  return [
    await startServer(OURS, one, origin),
    await startServer(FLOOR, one, origin),
    await startServer(FETCH, one, origin),
    ...(one.kind === 'plain' && one.failing === 0 ? foreign.map((server) => attached(server, one)) : []),
  ]
}

/** Starts one of our servers for a case. */
export async function startServer(name: keyof typeof FILES, one: Case, upstream: string): Promise<OwnServer> {
  const child = Child.start(FILES[name])
  const question =
    name === OURS
      ? ({ config: configOf(one, upstream) } satisfies TributaryQuestion)
      : ({ urls: urlsOf(one, upstream), picks: one.kind === 'selected' } satisfies PlainQuestion)
  const { origin } = await child.ask<{ origin: string }>(question)
  return {
    name,
    url: `${origin}/aggregate`,
    ask: (asked) => child.ask(asked),
    usage: () => child.ask<Usage>({ usage: true } satisfies ServerQuestion),
    stop: () => child.stop(),
  }
}

function attached({ name, url, pid }: Foreign, { sources, bytes }: Case): Server {
  return {
    name,
    url: url.replaceAll('{sources}', String(sources)).replaceAll('{bytes}', String(bytes)),
    usage: async () => usageOf(pid),
    stop: async () => {},
  }
}

/** The kernel counts in hundredths of a second (proc(5), USER_HZ). */
const TICK_US = 10_000

/** The usage of another process, as Linux shows it in /proc. */
function usageOf(pid: number): Usage {
  // the name of the program is in parentheses, and may contain spaces
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  const peak = /VmHWM:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
  const ticks = Number(fields[11]) + Number(fields[12])
  return { microseconds: ticks * TICK_US, peakMegabytes: Number(peak) / 1000 }
}
