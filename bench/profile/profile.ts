import { mkdirSync, writeFileSync } from 'node:fs'
import type { HeapProfiler, Profiler } from 'node:inspector/promises'
import { join } from 'node:path'
import { Child, withChildren } from '../child.ts'
import type { ServerQuestion } from '../children/serve.ts'
import type { UpstreamAnswer } from '../children/upstream.ts'
import { CASES, type Case, configOf, headersOf, urlsOf } from '../compare/cases.ts'
import { CONNECTIONS } from '../compare/turn.ts'
import { type Row, type Summary, summarizeCpu, summarizeHeap } from './summary.ts'

/** Options of a profile. */
export interface ProfileOptions {
  /** A part of the name of the case; the first that fits is profiled. */
  readonly only: string
  /** Whether the floor is profiled in place of Tributary. */
  readonly floor: boolean
  /** A folder for the profiles, which Chrome's developer tools open; null for none. */
  readonly dir: string | null
  /** How many functions are shown. */
  readonly rows: number
}

const WARM_UP_MS = 10_000
const PROFILE_MS = 10_000
const CHUNK = 500

/** Prints where the processor time and the memory of an answer go in the steady state, by folder and by function. */
export async function profile(options: ProfileOptions): Promise<void> {
  const one = CASES.find(({ name }) => name.includes(options.only)) as Case
  const [upstream, load, server] = [
    Child.start('upstream'),
    Child.start('load'),
    Child.start(options.floor ? 'floor' : 'tributary'),
  ]
  await withChildren([upstream, load, server], async () => {
    const { origin } = await upstream.ask<UpstreamAnswer>({})
    const question = options.floor
      ? { urls: urlsOf(one, origin), picks: one.kind === 'selected' }
      : { config: configOf(one, origin) }
    const { origin: address } = await server.ask<{ origin: string }>(question)
    const answered = keepAsking(load, `${address}/aggregate`, one)
    await answered.during(() => new Promise((resolve) => setTimeout(resolve, WARM_UP_MS)))
    process.stdout.write(`${one.name}\n`)
    // one after the other: sampling allocations takes processor time
    const record = async <T extends object>(kind: 'cpu' | 'heap'): Promise<Recorded<T>> => {
      const question = { profile: kind, ms: PROFILE_MS } satisfies ServerQuestion
      let profile: T | undefined
      const answers = await answered.during(async () => {
        profile = await server.ask<T>(question)
      })
      return { profile: profile as T, answers }
    }
    const cpu = await record<Profiler.Profile>('cpu')
    const heap = await record<HeapProfiler.SamplingHeapProfile>('heap')
    await answered.end()
    show(cpu, heap, options)
  })
}

/** Asks all the time; `during` counts the answers while `work` runs. */
function keepAsking(load: Child, url: string, one: Case) {
  let [count, ends] = [0, false]
  const question = { url, headers: headersOf(one), connections: CONNECTIONS, count: CHUNK }
  const loop = async (): Promise<void> => {
    while (!ends) {
      await load.ask(question)
      count += CHUNK
    }
  }
  const running = loop()
  return {
    async during(work: () => Promise<unknown>): Promise<number> {
      const before = count
      await work()
      return count - before
    },
    end: (): Promise<void> => {
      ends = true
      return running
    },
  }
}

/** A profile, and how many answers were given meanwhile. */
interface Recorded<Profile> {
  readonly profile: Profile
  readonly answers: number
}

function show(
  { profile: cpu, answers }: Recorded<Profiler.Profile>,
  { profile: heap, answers: heapAnswers }: Recorded<HeapProfiler.SamplingHeapProfile>,
  { dir, rows }: ProfileOptions,
): void {
  table('processor time, µs an answer', summarizeCpu(cpu), answers, rows)
  table('allocated, bytes an answer', summarizeHeap(heap), heapAnswers, rows)
  if (dir === null) return
  mkdirSync(dir, { recursive: true })
  writeFileSync(join(dir, 'answers.cpuprofile'), JSON.stringify(cpu))
  writeFileSync(join(dir, 'answers.heapprofile'), JSON.stringify(heap))
}

function table(title: string, { folders, functions, total }: Summary, answers: number, rows: number): void {
  process.stdout.write(`\n${title}: ${(total / answers).toFixed(1)}\n`)
  lines(folders.slice(0, rows / 2), answers)
  process.stdout.write('\n')
  lines(functions.slice(0, rows), answers)
}

function lines(rows: readonly Row[], answers: number): void {
  for (const { name, own } of rows) process.stdout.write(`${(own / answers).toFixed(2).padStart(10)}  ${name}\n`)
}
