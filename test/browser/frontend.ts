import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { guardian } from '../../src/demo/guardian.ts'
import { hackernews } from '../../src/demo/hackernews.ts'
import { newsapi } from '../../src/demo/newsapi.ts'
import { openweather } from '../../src/demo/openweather.ts'
import type { Owner } from '../support/owner.ts'

/** The example in examples/frontend, built, on one origin with a service; and upstreams that answer when they are told. */

export const EXAMPLE = join(import.meta.dirname, '../../examples/frontend')

/** Why tests of the example cannot run here; false where they can. With EXAMPLE=1, as in CI, they run in any case. */
export const noExample =
  process.env.EXAMPLE === undefined &&
  !existsSync(join(EXAMPLE, 'node_modules')) &&
  'the example is not installed; run npm ci in examples/frontend'

/** Builds the page into a folder. */
export async function buildPage(outDir: string): Promise<void> {
  const vite = join(EXAMPLE, 'node_modules/vite/bin/vite.js')
  await promisify(execFile)(process.execPath, [vite, 'build', '--outDir', outDir, '--emptyOutDir'], { cwd: EXAMPLE })
}

interface Server {
  readonly origin: string
  close(): void
}

async function listen(t: Owner, answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<Server> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    server.close()
  }
  t.teardown(close)
  return { origin: `http://127.0.0.1:${(server.address() as { port: number }).port}`, close }
}

const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css' }

export interface Site {
  readonly origin: string
  /** The paths that were passed on to the service. */
  readonly asked: readonly string[]
}

/** Serves a built page, and passes /aggregate on to a service, as a reverse proxy does. */
export async function serveSite(t: Owner, folder: string, service: string): Promise<Site> {
  const asked: string[] = []
  const { origin } = await listen(t, async ({ url = '/', headers }, response) => {
    const { pathname } = new URL(url, 'http://localhost')
    if (!pathname.startsWith('/aggregate')) {
      const file = pathname === '/' ? '/index.html' : pathname
      response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream')
      response.end(await readFile(join(folder, file)))
      return
    }
    asked.push(url)
    const { accept, host } = headers
    const upstream = request(service + url, { headers: { accept, host } }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    upstream.on('error', () => response.writeHead(502).end())
    response.on('close', () => upstream.destroy())
    upstream.end()
  })
  return { origin, asked }
}

const SERVICES = { openweather, newsapi, guardian, hackernews }

/** Upstreams of the demo that hold their answers back. */
export class HeldUpstreams {
  /** The variables of config/demo.yaml. */
  readonly environment: Readonly<Record<string, string>>
  readonly #gates: Map<string, PromiseWithResolvers<number>>

  private constructor(origin: string, gates: Map<string, PromiseWithResolvers<number>>) {
    const names = Object.keys(SERVICES)
    this.environment = Object.fromEntries(names.map((name) => [`DEMO_${name.toUpperCase()}`, `${origin}/${name}`]))
    this.#gates = gates
  }

  /** Starts them; those named hold their answers until they are released. */
  static async start(t: Owner, held: readonly (keyof typeof SERVICES)[]): Promise<HeldUpstreams> {
    const gates = new Map(held.map((name) => [name as string, Promise.withResolvers<number>()]))
    const { origin } = await listen(t, async ({ url = '/', headers }, response) => {
      const { pathname, searchParams } = new URL(url, 'http://localhost')
      const [, name = '', ...path] = pathname.split('/')
      const status = (await gates.get(name)?.promise) ?? 200
      const service = SERVICES[name as keyof typeof SERVICES]
      const question = { path: `/${path.join('/')}`, query: searchParams, headers }
      const reply = status === 200 ? service.answer(question) : service.fault(status)
      response.writeHead(reply.status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(reply.body))
    })
    return new HeldUpstreams(origin, gates)
  }

  /** Lets one answer, from now on: with its data, or with an error of this status. */
  release(name: keyof typeof SERVICES, status = 200): void {
    this.#gates.get(name)?.resolve(status)
  }
}
