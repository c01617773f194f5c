import t from 'tap'
import type { Needed } from '../../src/aggregate/needed.ts'
import { take } from '../../src/aggregate/take.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import type { Done, Workers } from '../../src/source/work.ts'
import { here } from '../support/workers.ts'
import { json, makeCall } from './bench.ts'

const needed = (text: string): Needed => ({ source: 'user', outcome: json(text) })
const SPACE = ' '.repeat(70_000)

/** Takes the same part from a small body, on the event loop, and from a large one, as in a worker thread. */
async function taken(text: string, select: string | null, limit = 3) {
  let asked = 0
  const workers: Workers = {
    run: (work, cancel) => {
      asked += 1
      return here.run(work, cancel)
    },
  }
  const expression = select === null ? null : compileExpression(select)
  const small = await take(makeCall('a'), needed(text), { isWhole: false, select: expression, limit, workers })
  t.equal(asked, 0)
  const large = await take(makeCall('a'), needed(SPACE + text), { isWhole: false, select: expression, limit, workers })
  t.equal(asked, 1)
  t.strictSame(large, small, `${select} of ${text}`)
  return small
}

t.test('a scalar is taken unchanged', async (t) => {
  for (const [text, value] of [
    ['{"id":"a"}', 'a'],
    ['{"id":-0}', -0],
    ['{"id":false}', false],
    ['{}', null],
    ['{"id":"\\ud800"}', '\ud800'],
  ] as const)
    t.strictSame(await taken(text, 'id'), { value, total: 0 })
  t.strictSame(await taken('7', null), { value: 7, total: 0 })
})

t.test('a number keeps its digits, also from a worker thread', async (t) => {
  for (const select of ['id', '[id, `1`, id]', '[id][0]']) {
    const part = await taken('{"id":7615917337495251231}', select)
    const digits = select === '[id, `1`, id]' ? '[7615917337495251231,1,7615917337495251231]' : '7615917337495251231'
    t.equal(JSON.stringify('value' in part && part.value), digits)
  }
  t.match(await taken('{"id":1e400}', 'id + `1`'), { value: null }, 'there is no number for Infinity')
})

t.test('from a list it takes items up to the limit, and the total', async (t) => {
  t.strictSame(await taken('{"ids":[1,"b",null,4,5]}', 'ids'), { value: [1, 'b', null], total: 5 })
  t.strictSame(await taken('[1,2]', null), { value: [1, 2], total: 2 })
  t.strictSame(await taken('[]', null), { value: [], total: 0 })
  t.strictSame(await taken('[1,2]', null, 0), { value: [], total: 2 })
})

t.test('nested lists and objects become empty ones, at any size', async (t) => {
  t.strictSame(await taken('[{"a":1},[2,3],"x"]', null), { value: [{}, [], 'x'], total: 3 })
  t.strictSame(await taken('{"a":{"b":1}}', 'a'), { value: {}, total: 0 })
})

t.test('an expression that fails takes nothing', async (t) => {
  t.match(await taken('{"id":"s3cret"}', 'sum(id)'), {
    code: 'dependency_failed',
    message: 'a needs user, but the value could not be taken from its data',
    detail: /^Invalid type: sum/,
    cause: { source: 'user', code: 'select_failed' },
  })
})

t.test('an expression that may not end is never evaluated on the event loop', async (t) => {
  const select = compileExpression(`${'[@,@]|'.repeat(40)}@`)
  const ends = (done: Done<never>): Workers => ({ run: async () => done })
  const of = (done: Done<never>) =>
    take(makeCall('a'), needed('1'), { isWhole: false, select, limit: 0, workers: ends(done) })
  t.match(await of({ cut: 'batch' }), { code: 'deadline_exceeded' })
  t.match(await of({ cut: 'client' }), { code: 'cancelled' })
  t.match(await of({ lost: 'queue' }), { code: 'connection_limit_reached', class: 'limit' })
  t.match(await of({ lost: 'memory' }), { code: 'dependency_failed', detail: /memory/ })
})
