import { readFileSync } from 'node:fs'
import type { Test } from 'tap'
import { parse } from 'yaml'
import { guardian } from '../../src/demo/guardian.ts'
import { hackernews } from '../../src/demo/hackernews.ts'
import { type Manners, turns } from '../../src/demo/manners.ts'
import { newsapi } from '../../src/demo/newsapi.ts'
import { openweather } from '../../src/demo/openweather.ts'
import { seededRandom } from '../../src/demo/random.ts'
import type { Reply, Service } from '../../src/demo/service.ts'
import { startUpstream } from '../../src/demo/upstream.ts'
import { type Built, build } from '../support/build.ts'

/** A preset's text, as it is in config/. */
export const presetText = (name: 'news' | 'weather') =>
  readFileSync(new URL(`../../config/${name}.yaml`, import.meta.url), 'utf8')

/** A preset for a test of its answers without sockets: asks the real origins, with keys that say what they are. */
export function presetOf(name: 'news' | 'weather'): object {
  const keys: Record<string, string> = { NEWSAPI_KEY: 'key-n', GUARDIAN_KEY: 'key-g', OPENWEATHER_KEY: 'key-o' }
  return parse(presetText(name).replaceAll(/\$\{(\w+)(?::-([^}]*))?\}/g, (_, key, origin) => origin ?? keys[key]))
}

/** A service of the demo, and how it behaves; by itself it answers at once. */
export interface Behaviour {
  readonly service?: Service
  readonly manners?: Manners
}

const AT_ONCE: Manners = { latencyMs: [2, 6] }
const HANGING: Manners = { latencyMs: [5_000, 5_001] }

export const hanging: Behaviour = { manners: HANGING }
export const failing = (status: number): Behaviour => ({
  manners: { ...AT_ONCE, failing: { share: 1, statuses: [status] } },
})

/** The service, but for what `reply` answers; it returns null for what stays as it is. */
export const but = (service: Service, reply: (path: string) => Reply | null): Behaviour => ({
  service: { ...service, answer: (question) => reply(question.path) ?? service.answer(question) },
})

/** Starts one of the demo's services on loopback; counts its requests by path. */
async function serve(t: Test, usual: Service, { service = usual, manners = AT_ONCE }: Behaviour = {}) {
  const asked: string[] = []
  const counted: Service = {
    answer(question) {
      asked.push(question.path)
      return service.answer(question)
    },
    fault: service.fault,
  }
  const upstream = await startUpstream(counted, turns(manners, seededRandom(1)))
  t.teardown(() => upstream.close())
  return { origin: upstream.origin, asked }
}

export interface NewsUpstreams {
  readonly newsapi?: Behaviour
  readonly guardian?: Behaviour
  readonly hackernews?: Behaviour
}

/** The news preset, asking the demo's services over real sockets. */
export async function buildNews(t: Test, behaviour: NewsUpstreams = {}, keys: NodeJS.ProcessEnv = {}): Promise<Built> {
  const [one, two, three] = await Promise.all([
    serve(t, newsapi, behaviour.newsapi),
    serve(t, guardian, behaviour.guardian),
    serve(t, hackernews, behaviour.hackernews),
  ])
  return build(t, presetText('news'), {
    NEWSAPI_KEY: 'any',
    GUARDIAN_KEY: 'any',
    ...keys,
    NEWSAPI_URL: one.origin,
    GUARDIAN_URL: two.origin,
    HACKERNEWS_URL: three.origin,
  })
}

/** The weather preset, asking the demo's service over real sockets; `asked` grows with each request. */
export async function buildWeather(t: Test, behaviour: Behaviour = {}, key = 'any') {
  const { origin, asked } = await serve(t, openweather, behaviour)
  const service = await build(t, presetText('weather'), { OPENWEATHER_KEY: key, OPENWEATHER_URL: origin })
  return { service, asked }
}

/** A row of the merged list. */
export interface Row {
  readonly source: string
  readonly title: string
  readonly url: string
  readonly publishedAt: string
}

interface Failed {
  readonly id: string
  readonly code: string
  readonly upstreamStatus: number | null
  readonly attempts: number
}

/** What failed, in short: `newsapi upstream_status 401 1` for one attempt that got a 401. */
export function failures({ failedSources }: { readonly failedSources: readonly Failed[] }): readonly string[] {
  return failedSources.map(({ id, code, upstreamStatus, attempts }) => `${id} ${code} ${upstreamStatus} ${attempts}`)
}
