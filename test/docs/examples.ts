import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { type Demo, startDemo } from '../../src/demo/demo.ts'
import { type Built, build } from '../support/build.ts'
import { type GetOptions, get } from '../support/get.ts'
import { freePort } from '../support/service-process.ts'
import { BLOCKS, readRoot } from './markdown.ts'

/** The demo, as `npm start` serves it. */
export async function buildDemo(t: Test): Promise<Built> {
  const demo = await startDemo()
  t.teardown(() => demo.close())
  return build(t, readRoot('config/demo.yaml'), demo.environment)
}

/** Services on the internet that a page's configuration names; in tests, the demo replaces them. */
const PLAYED = {
  'https://content.guardianapis.com': 'DEMO_GUARDIAN',
  'https://hacker-news.firebaseio.com': 'DEMO_HACKERNEWS',
} as const

/** The files of the pages that start upstreams. */
const NAMES = ['upstreams.mjs', 'errors.mjs']

/** The upstreams of the readers' configurations: the files in the pages, on free ports, and `PLAYED`. */
export class OwnUpstreams {
  readonly #t: Test
  readonly #ports: ReadonlyMap<string, number>
  readonly #files: readonly string[]
  readonly #demo: Readonly<Record<string, string>>
  #children: readonly ChildProcess[] = []

  private constructor(
    t: Test,
    ports: ReadonlyMap<string, number>,
    files: readonly string[],
    demo: Demo['environment'],
  ) {
    this.#t = t
    this.#ports = ports
    this.#files = files
    this.#demo = demo
    t.teardown(() => this.stop())
  }

  static async start(t: Test): Promise<OwnUpstreams> {
    const ports = new Map<string, number>()
    for (const port of ['4001', '4002', '4003', '4004']) ports.set(port, await freePort())
    const folder = t.testdir({})
    const files = NAMES.map((name) => join(folder, name))
    const demo = await startDemo()
    t.teardown(() => demo.close())
    const upstreams = new OwnUpstreams(t, ports, files, demo.environment)
    for (const name of NAMES) await writeFile(join(folder, name), upstreams.#onFreePorts(fileIn('js', `file=${name}`)))
    await upstreams.start()
    return upstreams
  }

  /** Starts the upstreams; does nothing if they run. */
  async start(): Promise<void> {
    if (this.#children.length > 0) return
    this.#children = this.#files.map((file) => spawn(process.execPath, [file], { stdio: 'inherit' }))
    for (const port of this.#ports.values()) await answering(port)
  }

  async stop(): Promise<void> {
    const children = this.#children
    this.#children = []
    await Promise.all(
      children.map((child) => {
        child.kill()
        return once(child, 'exit')
      }),
    )
  }

  /** A service with one of the reader's own configurations. */
  build(name: string): Promise<Built> {
    let text = this.#onFreePorts(fileIn('yaml', `config=${name}`))
    for (const [origin, variable] of Object.entries(PLAYED)) text = text.replaceAll(origin, this.#demo[variable] ?? '')
    return build(this.#t, text)
  }

  #onFreePorts(text: string): string {
    return text.replaceAll(/\b400[1-4]\b/g, (port) => String(this.#ports.get(port)))
  }
}

/** The text of the one block with this language and info. */
export function fileIn(lang: string, info: string): string {
  const found = BLOCKS.filter((block) => block.lang === lang && block.info === info)
  if (found.length !== 1) throw new Error(`there are ${found.length} blocks of ${lang} ${info}`)
  return found.map(({ text }) => text).join()
}

async function answering(port: number): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await get(`http://127.0.0.1:${port}/`)
      return
    } catch (error) {
      if (tries === 200) throw error
      await pause(50)
    }
  }
}

/** A request that a page shows. */
export interface Shown extends GetOptions {
  readonly path: string
}

/** Parses a curl command with a URL of the service, -i, -H and -d. Throws on anything else. */
export function readCurl(command: string): Shown {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const headers: Record<string, string> = {}
  let path: string | undefined
  let body: string | undefined
  for (let index = 1; index < words.length; index += 1) {
    const word = words[index] ?? ''
    if (word === '-i') continue
    if (word === '-H') {
      const [name = '', value = ''] = (words[++index] ?? '').split(': ')
      headers[name] = value
    } else if (word === '-N') continue
    else if (word === '-d') body = words[++index]
    else if (word.startsWith('http://127.0.0.1:3000/')) path = word.slice('http://127.0.0.1:3000'.length)
    else throw new Error(`curl with "${word}"`)
  }
  if (words[0] !== 'curl' || path === undefined) throw new Error(`no curl command: ${command}`)
  return { path, headers, ...(body === undefined ? {} : { method: 'POST', body }) }
}
