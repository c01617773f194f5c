import { readFileSync } from 'node:fs'
import ms from 'ms'
import t from 'tap'
import { parse } from 'yaml'
import { topStories } from '../../src/demo/data/items.ts'
import { startDemo, upstreams } from '../../src/demo/demo.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { fetchJson } from './ask.ts'

interface Source {
  url: string
  params?: Record<string, { default?: string | number }>
  values?: Record<string, string>
  headers?: Record<string, string>
  timeout?: ms.StringValue
  attemptTimeout?: ms.StringValue
  forEach?: { as: string }
}
interface Key {
  source?: string
  params?: Record<string, string>
}

const config: {
  defaults: { timeout: ms.StringValue }
  sources: Record<string, Source>
  views: Record<string, { sources: string[] | Record<string, Key> }>
} = parse(readFileSync(new URL('../../config/demo.yaml', import.meta.url), 'utf8'))

t.test('every source, called with its defaults, gets an answer', async (t) => {
  const demo = await startDemo()
  t.teardown(() => demo.close())
  for (const [id, { url, params = {}, values = {}, headers = {}, forEach }] of Object.entries(config.sources)) {
    const filled = url.replace(/\$\{(\w+)\}/, (_, name) => demo.environment[name] ?? `http://${name}.unset`)
    const defaults = Object.fromEntries(Object.entries(params).map(([name, schema]) => [name, schema.default ?? null]))
    const item = forEach && { [forEach.as]: topStories[0] ?? null }
    const template = compileTemplate(filled)
    const expanded = template.expand({ ...defaults, ...values, ...item })
    if ('problem' in expanded) throw new Error(expanded.problem)
    const { status, body } = await fetchJson(template.origin + expanded.path, headers)
    t.equal(status, 200, id)
    t.not(body, null, id)
  }
})

t.test("The Guardian's slow answers miss the timeout, all others make theirs with time to spare", async (t) => {
  const timeoutMs = (id: string) => {
    const { attemptTimeout, timeout } = config.sources[id] as Source
    return ms(attemptTimeout ?? timeout ?? config.defaults.timeout)
  }
  const { slow, latencyMs } = upstreams.GUARDIAN.manners
  t.ok(slow.latencyMs[0] > timeoutMs('guardian') + 200)
  for (const id of Object.keys(config.sources)) t.ok(timeoutMs(id) > latencyMs[1] + 200, id)
})

t.test('views name sources and parameters that are there', async (t) => {
  for (const [view, { sources }] of Object.entries(config.views)) {
    const keys: [string, Key][] = Array.isArray(sources) ? sources.map((id) => [id, {}]) : Object.entries(sources)
    for (const [name, { source = name, params = {} }] of keys) {
      const declared = Object.keys(config.sources[source]?.params ?? {})
      t.ok(config.sources[source], `${view}.${name}`)
      for (const param of Object.keys(params)) t.ok(declared.includes(param), `${view}.${name}.${param}`)
    }
  }
})
