import fc from 'fast-check'
import t from 'tap'
import { isReserved, type Query, readSettings } from '../../src/aggregate/settings.ts'
import type { RequestError } from '../../src/http/problem.ts'

function read(query: Query, prefer?: string, explainAllowed = true) {
  const errors: RequestError[] = []
  return {
    ...readSettings(query, prefer, { explain: explainAllowed, simulate: true, unknownQuery: 'refuse' }, errors),
    errors,
  }
}

t.test('without keys and headers, all settings have their defaults', async (t) => {
  t.strictSame(read({}), { deadlineMs: null, strict: false, explain: false, simulated: [], applied: [], errors: [] })
})

t.test('all settings are read', async (t) => {
  const errors: readonly RequestError[] = []
  const all = { deadlineMs: 300, strict: true, explain: true, simulated: [], applied: [], errors }
  t.strictSame(read({ deadlineMs: '300', strict: 'true', explain: 'true' }), all)
  t.strictSame(read({ strict: 'false', explain: 'false' }), read({}))
  const applied = ['wait=2', 'handling=strict']
  t.strictSame(read({}, applied.join(', ')), {
    deadlineMs: 2000,
    strict: true,
    explain: false,
    simulated: [],
    applied,
    errors,
  })
  t.match(read({ strict: 'false' }, 'handling=strict'), { strict: true }, 'either way of asking will do')
})

t.test('the shorter of deadlineMs and wait wins', async () => {
  const ms = fc.integer({ min: 1, max: 10_000 })
  fc.assert(
    fc.property(ms, fc.integer({ min: 1, max: 9 }), (asked, wait) => {
      return read({ deadlineMs: String(asked) }, `wait=${wait}`).deadlineMs === Math.min(asked, wait * 1000)
    }),
  )
})

t.test('a deadline above all numbers has no effect', async (t) => {
  const { deadlineMs, errors } = read({ deadlineMs: '9'.repeat(400) })
  t.strictSame([deadlineMs, errors], [Number.POSITIVE_INFINITY, []])
})

t.test('invalid values are rejected', async (t) => {
  for (const deadlineMs of ['0', '000', '-1', '1.5', '1e3', '0x10', ' 1', '1s', '']) {
    const { errors, ...settings } = read({ deadlineMs })
    t.strictSame(
      errors,
      [{ path: 'deadlineMs', message: '"deadlineMs" must be a whole number of milliseconds, at least 1.' }],
      deadlineMs,
    )
    t.equal(settings.deadlineMs, null, deadlineMs)
  }
  for (const text of ['TRUE', '1', 'yes', '']) {
    const { errors, strict, explain } = read({ strict: text, explain: text })
    t.strictSame(errors.map(({ path }) => path).sort(), ['explain', 'strict'], text)
    t.strictSame([strict, explain], [false, false], text)
  }
})

t.test('a repeated setting is rejected', async (t) => {
  const { errors } = read({ deadlineMs: ['1', '2'], strict: ['true', 'true'], explain: ['true', 'false'] })
  t.strictSame(errors.map(({ path }) => path).sort(), ['deadlineMs', 'explain', 'strict'])
  t.match(errors[0], { message: '"deadlineMs" was given more than once; give it once.' })
})

t.test('explain is rejected only if it is requested and switched off', async (t) => {
  t.strictSame(read({ explain: 'true' }, undefined, false).errors, [
    {
      path: 'explain',
      message: '"explain" is switched off here, in the configuration (server.explain); leave it out.',
    },
  ])
  t.same(read({ explain: 'false' }, undefined, false).errors, [])
  t.same(read({}, undefined, false).errors, [])
})

t.test('an invalid deadline does not hide an invalid flag', async (t) => {
  t.equal(read({ deadlineMs: '0', strict: 'x', explain: 'x' }).errors.length, 3)
})

t.test('the reserved keys are these', async (t) => {
  t.strictSame(['sources', 'deadlineMs', 'strict', 'explain', 'q', 'toString'].map(isReserved), [
    true,
    true,
    true,
    true,
    false,
    false,
  ])
})
