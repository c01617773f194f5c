import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { SECURITY_HEADERS } from '../../src/http/security-headers.ts'
import type { Built, Line } from '../support/build.ts'
import type { GetResponse } from '../support/get.ts'
import { buildDemo, OwnUpstreams, readCurl } from './examples.ts'
import { BLOCKS, type Block, blocksOf, PAGES, type Page } from './markdown.ts'

/** Runs every command of README.md and docs/ that calls the service, and compares the answers with those shown. */

/**
 * The info of a block of commands names the service: ```sh demo or ```sh my.yaml; `stopped` after it means that the
 * upstreams are stopped. The answer shown after a block is that of its last command.
 */
interface Example {
  readonly service: string
  readonly stopped: boolean
  readonly command: string
  readonly answers: Block[]
}

/** The examples of a page, in order. */
function examplesOf(page: Page): readonly Example[] {
  const examples: Example[] = []
  for (const block of blocksOf(page)) {
    const isAnswer = (block.lang === 'json' || block.lang === 'http') && block.info === ''
    if (isAnswer && examples.length === 0) throw new Error(`${block.place}: an answer to nothing`)
    if (isAnswer) examples.at(-1)?.answers.push(block)
    if (block.lang !== 'sh' || block.info === '') continue
    const commands = block.text.split(/^(?=curl )/m)
    const [service = '', state] = block.info.split(' ')
    examples.push(...commands.map((command) => ({ service, stopped: state === 'stopped', command, answers: [] })))
  }
  return examples
}

const examples = PAGES.flatMap(examplesOf)

/** Members that differ from run to run: only their types are compared. */
const VOLATILE = ['requestId', 'durationMs', 'startedAtMs', 'reqId', 'traceId', 'latencyMs', 'p50', 'p95', 'p99']

function masked(value: unknown, names: readonly string[] = VOLATILE): unknown {
  return JSON.parse(JSON.stringify(value), (key, item) => (names.includes(key) ? typeof item : item))
}

/** Headers without those of the connection, and without those of every answer for browsers; of numbers and ids, only the format is compared. */
function maskedHead(status: number, headers: readonly (readonly [string, string])[]): object {
  const ofAll = ['date', 'connection', 'keep-alive', 'content-length', ...Object.keys(SECURITY_HEADERS)]
  const kept = headers.map(([name, value]) => [name.toLowerCase(), value] as const)
  const entries = kept.filter(([name]) => !ofAll.includes(name))
  const form = (value: string) =>
    value.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}/, 'id').replace(/=[\d.]+/g, '=n')
  return { status, ...Object.fromEntries(entries.map(([name, value]) => [name, form(value)])) }
}

function shownHead(text: string): object {
  const [first = '', ...lines] = text.split('\n')
  const headers = lines.map((line) => line.split(/: (.*)/s) as [string, string])
  return maskedHead(Number(first.split(' ')[1]), headers)
}

function shown({ lang, text }: Block): unknown {
  return lang === 'json' ? masked(JSON.parse(text)) : shownHead(text)
}

function actual({ lang }: Block, { json, status, headers }: GetResponse): unknown {
  if (lang === 'json') return masked(json)
  return maskedHead(status, Object.entries(headers) as [string, string][])
}

/**
 * The demo fails now and then, and some pages show such an answer: like a reader, the test repeats the command until
 * the answer matches. All pauses together are longer than the cache's `ttl`, and than a breaker stays open that a busy
 * machine has opened: it counts for 10 s, and opens for 5 s.
 */
const MOST_TRIES = 200
const PAUSE_MS = 100

async function compare(t: Test, service: Built, { command, answers }: Example): Promise<void> {
  const { path, ...options } = readCurl(command)
  const wanted = answers.map(shown)
  for (let tries = 1; ; tries += 1) {
    const response = await service.get(path, options)
    const got = answers.map((block) => actual(block, response))
    const last = tries === MOST_TRIES || JSON.stringify(sorted(got)) === JSON.stringify(sorted(wanted))
    if (!last) {
      await pause(PAUSE_MS)
      continue
    }
    t.strictSame(got, wanted, `${answers[0]?.place}: ${path}\n${response.body}`)
    return
  }
}

/** A copy with sorted keys. */
function sorted(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_key, item) => {
    if (typeof item !== 'object' || item === null || Array.isArray(item)) return item
    return Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

t.test('answers are copies of real runs', async (t) => {
  const upstreams = await OwnUpstreams.start(t)
  const services = new Map([['demo', await buildDemo(t)]])
  const names = new Set(examples.map(({ service }) => service)).difference(new Set(['demo']))
  for (const name of names) services.set(name, await upstreams.build(name))
  t.ok(examples.filter(({ answers }) => answers.length > 0).length >= 15, 'the answers are found')
  for (const example of examples) {
    const service = services.get(example.service)
    await (example.stopped ? upstreams.stop() : upstreams.start())
    if (service === undefined) t.fail(`nobody serves ${example.service}`)
    else if (example.answers.length > 0) await compare(t, service, example)
    else {
      const { path, ...options } = readCurl(example.command)
      t.equal((await service.get(path, options)).status, 200, path)
    }
  }
})

t.test('so are the log lines', async (t) => {
  const service = await (await OwnUpstreams.start(t)).build('my.yaml')
  const { json } = await service.get('/aggregate/account?user=2')
  const blocks = BLOCKS.filter(({ lang, info }) => lang === 'json' && info === 'log')
  t.equal(blocks.length, 1)
  const lines = blocks.flatMap(({ text }) => text.split('\n').map((line): Line => JSON.parse(line)))
  t.same(
    lines.map(({ msg }) => msg),
    ['upstream', 'aggregate'],
  )
  const ours = service.log.lines.filter(({ reqId }) => reqId === json.meta.requestId)
  const logged = lines.map(({ msg, source }) => ours.find((line) => line.msg === msg && line.source === source))
  const names = [...VOLATILE, 'time']
  t.strictSame(masked(logged, names), masked(lines, names))
})
