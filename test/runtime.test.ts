import t, { type Test } from 'tap'
import { buildApp } from '../src/app.ts'
import { parseConfig } from '../src/config/load.ts'
import type { SourceRequest } from '../src/core/call.ts'
import { NO_DEADLINE } from '../src/core/deadline.ts'
import type { Cached, CacheStore } from '../src/core/store.ts'
import { Runtime } from '../src/runtime.ts'
import { NO_INPUT } from '../src/source/request.ts'
import type { Source } from '../src/source/source.ts'
import { makeCall } from './aggregate/bench.ts'
import { memoryLog } from './support/build.ts'
import { startUpstream } from './support/upstream/upstream.ts'

function configOf(text: string) {
  const { config } = parseConfig(text, {})
  if (config === null) throw new Error('the configuration is wrong')
  return config
}

/** Writes down which sources are closed. */
function watch(runtime: Runtime): string[] {
  const closed: string[] = []
  for (const source of runtime.sources.values()) {
    const { resources } = source
    const close = resources.close.bind(resources)
    resources.close = () => {
      closed.push(source.id)
      close()
    }
  }
  return closed
}

function startRuntime(t: Test, text: string): Runtime {
  const runtime = Runtime.start(configOf(text), { log: memoryLog() })
  t.equal(runtime.lifecycle.phase, 'starting')
  return runtime
}

t.test('the last to release a runtime closes its sources', async (t) => {
  const runtime = startRuntime(t, 'sources: { a: { url: http://127.0.0.1:1/ } }')
  const closed = watch(runtime)
  runtime.retain()
  runtime.release()
  t.strictSame(closed, [], 'somebody still serves from it')
  runtime.release()
  t.strictSame(closed, ['a'])
  t.throws(() => runtime.retain(), /closed/)
})

const OPTIONS = {
  url: 'http://127.0.0.1:1/{city}{?q}',
  method: 'POST',
  body: { q: '{q}' },
  params: { q: {}, city: { type: 'string', maxLength: 9 } },
  values: { key: '1' },
  headers: { 'x-key': '{key}' },
  select: 'a.b',
  cache: { ttl: '1s' },
  retry: { attempts: 3 },
}
t.test('a runtime that follows another one keeps the sources that are configured as before', async (t) => {
  const source = { ...OPTIONS, safe: true }
  const first = Runtime.start(configOf(JSON.stringify({ sources: { a: source, gone: source } })), { log: memoryLog() })
  const a = first.sources.get('a')?.resources
  const next = Runtime.from(configOf(JSON.stringify({ sources: { a: source, added: source } })), first)
  t.equal(next.sources.get('a')?.resources, a, 'with its connections, its breaker and what it has cached')
  t.strictSame([...next.sources.keys()], ['a', 'added'])
  t.equal(next.events, first.events)
  first.release()
  next.release()
})

const CHANGES: Readonly<Record<string, object>> = {
  url: { url: 'http://127.0.0.1:1/{city}{?q}&z' },
  body: { body: { q: '{q}!' } },
  params: { params: { ...OPTIONS.params, city: { type: 'string', maxLength: 8 } } },
  values: { values: { key: '2' } },
  headers: { headers: { 'x-key': '{key}!' } },
  select: { select: 'a.c' },
  cache: { cache: { ttl: '2s' } },
  retry: { retry: { attempts: 4 } },
  timeout: { timeout: '1.5s' },
}
for (const [key, change] of Object.entries(CHANGES)) {
  t.test(`a source whose ${key} has changed is another one`, async (t) => {
    const base = { ...OPTIONS, safe: true }
    const first = Runtime.start(configOf(JSON.stringify({ sources: { a: base } })), { log: memoryLog() })
    const next = Runtime.from(configOf(JSON.stringify({ sources: { a: { ...base, ...change } } })), first)
    t.not(next.sources.get('a')?.resources, first.sources.get('a')?.resources)
    next.release()
    first.release()
  })
}

t.test('a source that somebody else begins to read, or needs, is the same', async (t) => {
  const source = { ...OPTIONS, safe: true }
  const view = { v: { sources: ['a'], shape: 'a' } }
  const first = Runtime.start(configOf(JSON.stringify({ sources: { a: source } })), { log: memoryLog() })
  const next = Runtime.from(configOf(JSON.stringify({ sources: { a: source }, views: view })), first)
  t.equal(next.sources.get('a')?.resources, first.sources.get('a')?.resources)
  t.ok(next.config.sources.get('a')?.isRead, 'its data is kept as a value, too')
  next.release()
  first.release()
})

t.test('a source is closed when the last runtime that has it is', async (t) => {
  const one = 'sources: { a: { url: http://127.0.0.1:1/ }, gone: { url: http://127.0.0.1:1/ } }'
  const first = startRuntime(t, one)
  const closed = watch(first)
  const next = Runtime.from(configOf('sources: { a: { url: http://127.0.0.1:1/ } }'), first)
  first.retain()
  first.release()
  t.strictSame(closed, [], 'an answer of the first one is still in work')
  first.release()
  t.strictSame(closed, ['gone'])
  next.release()
  t.strictSame(closed, ['gone', 'a'])
})

/** Keeps nothing, and counts how often it is closed. */
class EmptyStore implements CacheStore {
  closed = 0
  async get(): Promise<Cached | null> {
    return null
  }
  async set(): Promise<void> {}
  async close(): Promise<void> {
    this.closed += 1
  }
}

t.test('the store that it is given is shared by those that follow, and closed with the last one', async (t) => {
  const store = new EmptyStore()
  const config = configOf('sources: { a: { url: http://127.0.0.1:1/ } }')
  const first = Runtime.start(config, { log: memoryLog(), store })
  const next = Runtime.from(config, first)
  first.release()
  t.equal(store.closed, 0)
  next.release()
  t.equal(store.closed, 1)
})

t.test('a source that has changed gets nothing of what the one before it has cached', async (t) => {
  const upstream = await startUpstream(t)
  const text = (select: string, views = {}) =>
    JSON.stringify({ sources: { a: { url: upstream.url('/ok'), cache: { ttl: '1m' }, select } }, views })
  const first = Runtime.start(configOf(text('ok')), { log: memoryLog() })
  const same = Runtime.from(configOf(text('ok', { v: { sources: ['a'], shape: 'a' } })), first)
  const changed = Runtime.from(configOf(text('[ok]')), first)
  const ask = async (runtime: Runtime) => {
    const source = runtime.sources.get('a') as Source
    const request = source.prepare({}, NO_INPUT) as SourceRequest
    const { body, from } = await source.call({ ...makeCall('a'), request, deadline: NO_DEADLINE })
    return `${body} ${from}`
  }
  t.equal(await ask(first), 'true live')
  t.equal(await ask(same), 'true cache')
  t.equal(await ask(changed), '[true] live')
  for (const runtime of [first, same, changed]) runtime.release()
})

t.test('an app retains its runtime until it is closed, or could not be built', async (t) => {
  const config = configOf('sources: { a: { url: http://127.0.0.1:1/ } }')
  const runtime = Runtime.start(config, { log: memoryLog() })
  const closed = watch(runtime)
  const app = await buildApp(runtime)
  runtime.release()
  t.strictSame(closed, [])
  await app.close()
  t.strictSame(closed, ['a'])
  const views = {
    values: () => [
      {
        id: 'v',
        get entries(): never {
          throw new Error('broken')
        },
      },
    ],
  }
  const broken = Runtime.start({ ...config, views: views as never }, { log: memoryLog() })
  const left = watch(broken)
  await t.rejects(buildApp(broken), { message: 'broken' })
  broken.release()
  t.strictSame(left, ['a'], 'nothing is left open')
})
