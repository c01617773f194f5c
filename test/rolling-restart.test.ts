import { createServer, type Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { get } from './support/client.ts'
import type { Owner } from './support/owner.ts'
import { type ServiceProcess, startProcess } from './support/service-process.ts'

/** Two processes behind a balancer that follows readiness are restarted one after the other: no request is lost. */

const DELAYS_MS = [50, 400, 1500, 3000]
const CALLS_PER_SECOND = 50
const PROBE_MS = 100

t.test('a rolling restart under load loses nothing', { timeout: 60_000 }, async (t) => {
  const origin = await startSources(t)
  const config = {
    server: { drainDelay: '1s' },
    deadline: { default: '5s' },
    defaults: { timeout: '4s', retry: false },
    sources: Object.fromEntries(DELAYS_MS.map((ms) => [`s${ms}`, { url: `${origin}/${ms}` }])),
  }
  const fleet = new Fleet(t, config)
  await fleet.start(2)
  const load = startLoad(fleet)
  await pause(500)
  for (let n = 0; n < 2; n += 1) {
    await fleet.start(1)
    await fleet.stopOldest()
  }
  await pause(300)
  const { answered, lost } = await load.stop()
  t.same(lost, [])
  t.ok(answered > 200, `${answered} requests were answered`)
  t.comment(`${answered} answered, ${lost.length} lost`)
})

/** Sources that answer after as many milliseconds as their path says. */
async function startSources(t: Owner): Promise<string> {
  const server: Server = createServer((request, response) => {
    setTimeout(() => response.end('{"ok":true}'), Number(request.url?.slice(1)))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => server.close())
  return `http://127.0.0.1:${(server.address() as { port: number }).port}`
}

/** The processes, and which of them a balancer would send a request to. */
class Fleet {
  readonly #t: Owner
  readonly #config: object
  readonly #members: { readonly service: ServiceProcess; readonly address: string; ready: boolean }[] = []
  #turn = 0

  constructor(t: Owner, config: object) {
    this.#t = t
    this.#config = config
  }

  async start(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const service = await startProcess(this.#t, { config: this.#config })
      const member = { service, address: await service.address(), ready: true }
      this.#members.push(member)
      void this.#probe(member)
    }
  }

  /** The next one in turn that was ready when it was last asked. */
  pick(): string {
    const ready = this.#members.filter((member) => member.ready)
    this.#turn += 1
    return ready[this.#turn % ready.length]?.address ?? ''
  }

  async stopOldest(): Promise<void> {
    const [oldest] = this.#members
    oldest?.service.child.kill('SIGTERM')
    await oldest?.service.exited
    this.#members.shift()
  }

  async #probe(member: { readonly address: string; ready: boolean }): Promise<void> {
    while (member.ready) {
      await pause(PROBE_MS)
      member.ready = await get(`${member.address}/health/ready`).then(
        ({ status }) => status === 200,
        () => false,
      )
    }
  }
}

/** GETs and POSTs in turn, so many a second, whatever becomes of the ones before. */
function startLoad(fleet: Fleet) {
  const running: Promise<void>[] = []
  const lost: string[] = []
  let answered = 0
  const headers = { 'content-type': 'application/json' }
  const ask = async (n: number): Promise<void> => {
    const source = `s${DELAYS_MS[n % DELAYS_MS.length]}`
    const address = fleet.pick()
    const asked =
      n % 3 === 0
        ? get(`${address}/aggregate`, { method: 'POST', headers, body: `{"requests":[{"source":"${source}"}]}` })
        : get(`${address}/aggregate?sources=${source}`)
    const end = await asked.then(
      ({ status }) => String(status),
      (error) => String(error.code ?? error.cause?.code ?? error),
    )
    if (end === '200') answered += 1
    else lost.push(`${source} ${end}`)
  }
  let n = 0
  const timer = setInterval(() => running.push(ask(n++)), 1000 / CALLS_PER_SECOND)
  const stop = async () => {
    clearInterval(timer)
    await Promise.all(running)
    return { answered, lost }
  }
  return { stop }
}
