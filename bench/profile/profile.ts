import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Child, withChildren } from '../child.ts'
import type { Profiles } from '../children/profiler.ts'
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
    let profiles: Profiles | undefined
    const count = await answered.during(async () => {
      profiles = await server.ask<Profiles>({ profileMs: PROFILE_MS } satisfies ServerQuestion)
    })
    await answered.end()
    if (profiles !== undefined) show(one, profiles, count / 2, options)
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

function show({ name }: Case, { cpu, heap }: Profiles, answers: number, { dir, rows }: ProfileOptions): void {
  process.stdout.write(`${name}: about ${Math.round(answers)} answers\n`)
  table('processor time, µs an answer', summarizeCpu(cpu), answers, rows)
  table('allocated, bytes an answer', summarizeHeap(heap), answers, rows)
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
