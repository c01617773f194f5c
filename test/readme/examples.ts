import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Test } from 'tap'
import { startDemo } from '../../src/demo/demo.ts'
import { type Built, build } from '../support/build.ts'
import { type GetOptions, get } from '../support/get.ts'
import { blocksOf, README, readRoot } from './markdown.ts'

/** The demo, as `npm start` serves it. */
export async function buildDemo(t: Test): Promise<Built> {
  const demo = await startDemo()
  t.teardown(() => demo.close())
  return build(t, readRoot('config/demo.yaml'), demo.environment)
}

/** The reader's own configuration, with the upstreams that README.md gives for it, on ports that are free. */
export async function buildOwn(t: Test): Promise<Built> {
  const ports = new Map([
    ['4001', await freePort()],
    ['4002', await freePort()],
  ])
  const onFreePorts = (text: string) => text.replaceAll(/\b400[12]\b/g, (port) => String(ports.get(port)))
  const file = join(t.testdir({}), 'upstreams.mjs')
  await writeFile(file, onFreePorts(fileIn('js', 'file=upstreams.mjs')))
  const child = spawn(process.execPath, [file], { stdio: 'inherit' })
  t.teardown(async () => {
    child.kill()
    await once(child, 'exit')
  })
  for (const port of ports.values()) await answering(port)
  return build(t, onFreePorts(fileIn('yaml', 'config=my.yaml')))
}

/** The text of the one block with this language and info. */
export function fileIn(lang: string, info: string): string {
  const found = blocksOf(README).filter((block) => block.lang === lang && block.info === info)
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/** A request as README.md shows it. */
export interface Shown extends GetOptions {
  readonly path: string
}

/** Reads a curl command with nothing but a URL of the service, -i, -H and -d. Throws on anything else. */
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
    } else if (word === '-d') body = words[++index]
    else if (word.startsWith('http://127.0.0.1:3000/')) path = word.slice('http://127.0.0.1:3000'.length)
    else throw new Error(`curl with "${word}"`)
  }
  if (words[0] !== 'curl' || path === undefined) throw new Error(`no curl command: ${command}`)
  return { path, headers, ...(body === undefined ? {} : { method: 'POST', body }) }
}
