import t from 'tap'
import { etagOf, isNamed } from '../../src/aggregate/etag.ts'
import type { ExposedHeaders } from '../../src/aggregate/exposed.ts'
import { cacheControl } from '../../src/aggregate/freshness.ts'
import type { PlanNode } from '../../src/aggregate/node.ts'
import type { Plan } from '../../src/aggregate/plan.ts'
import { failure } from '../../src/core/failure.ts'
import { failed } from '../../src/core/outcome.ts'
import { json, makePlan, makeSettled } from './bench.ts'

/** A source whose data is still fresh for so long, 1 s before the answer is written; null if it has no cache. */
function fresh(key: string, freshForMs: number | null, over: Partial<PlanNode> = {}) {
  return makeSettled(key, { ...json('1'), freshForMs }, over)
}

function control(
  settled: ReturnType<typeof fresh>[],
  over: Partial<Plan> = {},
  isPrivate = false,
  exposed: ExposedHeaders = {},
): string {
  const plan = makePlan(
    settled.map(({ node }) => node),
    over,
  )
  return cacheControl(plan, settled, { now: 2045, isPrivate, exposed })
}

t.test('an answer is fresh for as long as its shortest source', async (t) => {
  t.equal(control([fresh('a', 30_000), fresh('b', 5999)]), 'max-age=4', 'less the time since, in whole seconds')
  t.equal(control([fresh('a', 30_000), fresh('b', 500)]), 'max-age=0')
  t.equal(control([fresh('a', 30_000), fresh('b', null)]), 'no-cache', 'one has no cache')
  t.equal(control([fresh('a', null)]), 'no-cache')
  t.equal(control([fresh('a', 30_000), fresh('b', Number.POSITIVE_INFINITY)]), 'max-age=29', 'nothing was asked')
  t.equal(control([fresh('a', 30_000), fresh('b', null, { shown: false })]), 'no-cache', 'a dependency counts, too')
})

t.test('nothing is stored where a source failed or was substituted, or of another method', async (t) => {
  const down = failure('connection_refused', 'down')
  t.equal(control([fresh('a', 30_000), makeSettled('b', failed(down))]), 'no-store')
  t.equal(control([makeSettled('b', { ...json('1'), from: 'stale', failure: down, freshForMs: 0 })]), 'no-store')
  t.equal(control([fresh('a', 30_000)], { isStorable: false }), 'no-store')
})

t.test('headers of a source make the answer private, and cookies forbid to keep it', async (t) => {
  const exposing = fresh('a', null, { exposes: true })
  t.equal(control([exposing, fresh('b', 30_000)]), 'no-cache, private')
  t.equal(control([exposing], {}, false, { 'x-total-count': '7' }), 'no-cache, private')
  t.equal(control([exposing], {}, false, { 'set-cookie': ['a=b'] }), 'no-store, private')
})

t.test('what belongs to one client is private', async (t) => {
  t.equal(control([fresh('a', 30_000, { isPersonal: true })]), 'max-age=29, private')
  t.equal(control([fresh('a', null)], {}, true), 'no-cache, private')
  t.equal(control([fresh('a', null)], { isStorable: false }, true), 'no-store, private')
})

t.test('entity tags', async (t) => {
  const etag = etagOf(Buffer.from('{"a":1}'))
  t.match(etag, /^W\/"[\w-]{22}"$/)
  t.equal(etagOf(Buffer.from('{"a":1}')), etag)
  t.not(etagOf(Buffer.from('{"a":2}')), etag)
  const large = Buffer.alloc(300_000, 'x')
  const tags = [0, 1, 150_000, 299_999].map((at) => {
    const changed = Buffer.from(large)
    changed[at] = 0x79
    return etagOf(changed)
  })
  t.equal(etagOf(Buffer.from(large)), etagOf(large))
  t.equal(new Set([...tags, etagOf(large), etagOf(large.subarray(1))]).size, 6, 'each byte counts')
  const strong = etag.slice(2)
  for (const header of [etag, strong, '*', ' * ', `"x", ${etag}`, `W/"a", W/"b",${strong}`])
    t.ok(isNamed(etag, header), header)
  const others = [
    undefined,
    '',
    '"x"',
    'W/"x"',
    strong.slice(1, -1),
    `${etag} x`,
    `nonsense, ${etag}`,
    `"x${strong}`,
    `w/${strong}`,
  ]
  for (const header of others) t.notOk(isNamed(etag, header), String(header))
})
