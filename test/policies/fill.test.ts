import { compose } from '../../src/core/call.ts'
import { live, type Outcome } from '../../src/core/outcome.ts'
import type { CacheStore } from '../../src/core/store.ts'
import { deadline } from '../../src/policies/deadline.ts'
import { fill } from '../../src/policies/fill.ts'
import { DATA, failing, test } from './bench.ts'

/** A store that records its writes. */
function noting(set: () => Promise<void> = async () => {}) {
  const sets: [string, Buffer | null, number][] = []
  const store: CacheStore = {
    get: async () => null,
    set: (...entry) => {
      sets.push(entry)
      return set()
    },
    close: async () => {},
  }
  return { sets, store }
}

for (const [name, outcome] of Object.entries({ data: DATA, 'an empty answer': live(null, 204) })) {
  test(`${name} is stored, and passes unchanged`, async (t, bench) => {
    const { sets, store } = noting()
    t.equal(await fill(store, 3000)(bench.script(outcome))(bench.call()), outcome)
    t.strictSame(sets, [['weather GET /', outcome.body, 3000]])
  })
}

const substituted: Outcome = { ...DATA, failure: failing('dns_error').failure, from: 'stale' }
for (const outcome of [failing('connection_refused'), failing('deadline_exceeded'), substituted]) {
  test(`a failure is not stored: ${outcome.failure?.code}, ${outcome.from}`, async (t, bench) => {
    const { sets, store } = noting()
    t.equal(await fill(store, 3000)(bench.script(outcome))(bench.call()), outcome)
    t.strictSame(sets, [])
  })
}

test('an outcome that no caller waits for any more is stored too', async (t, bench) => {
  const { sets, store } = noting()
  const call = bench.call()
  const ended = compose([deadline(), fill(store, 3000)], bench.deaf)(call)
  call.cancel.cancel('batch')
  t.match(await ended, { failure: { code: 'deadline_exceeded' } })
  bench.end(0)
  await bench.clock.advance(0)
  t.equal(sets.length, 1)
})

test('the answer does not wait for the store', async (t, bench) => {
  const { store } = noting(() => new Promise(() => {}))
  t.equal(await fill(store, 3000)(bench.script(DATA))(bench.call()), DATA)
})

test('a store that fails does not affect the outcome', async (t, bench) => {
  const { store } = noting(() => Promise.reject(new Error('no connection')))
  t.equal(await fill(store, 3000)(bench.script(DATA))(bench.call()), DATA)
})
