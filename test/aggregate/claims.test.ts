import t from 'tap'
import { claimValues } from '../../src/aggregate/claims.ts'
import { entryOf } from '../../src/aggregate/menu.ts'
import type { Asked } from '../../src/aggregate/params.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import { makeSource } from './bench.ts'

function asking(id: string, binds: Readonly<Record<string, string>>): Asked {
  const claims = Object.entries(binds).map(([name, select]) => ({ name, select: compileExpression(select) }))
  const source = makeSource(id, {}, { claims })
  return { entry: entryOf(source), shown: true, needs: [], askedFor: id, params: {}, errorPath: '' }
}

const CLAIMS = JSON.parse(`{
  "tenant": "t1", "n": 7, "yes": true, "no": false, "zero": 0, "empty": "", "nothing": null, "list": ["x"], "map": {"id": "m"},
  "big": 9007199254740993, "__proto__": "polluted", "constructor": "c", "https://id.example/role": "admin"
}`)

t.test('each entry gets its values', async (t) => {
  const asked = [asking('a', { t: 'tenant', n: 'n' }), asking('b', {}), asking('c', { id: 'map.id', first: 'list[0]' })]
  t.strictSame(claimValues(asked, CLAIMS), [{ t: 't1', n: 7 }, {}, { id: 'm', first: 'x' }])
  t.strictSame(claimValues([asking('b', {})], null), [{}], 'an API key is enough for what needs no claim')
})

t.test('scalars are values, false and 0 too', async (t) => {
  t.strictSame(claimValues([asking('a', { a: 'yes', b: 'no', c: 'zero', d: '"https://id.example/role"' })], CLAIMS), [
    { a: true, b: false, c: 0, d: 'admin' },
  ])
})

t.test('what is missing, empty or no scalar is a 403 that names all of it, and no value', async (t) => {
  const lacking = [
    'missing',
    'empty',
    'nothing',
    'list',
    'map',
    'big',
    'tenant.id',
    'length(n)',
    'toString',
    'hasOwnProperty',
  ]
  for (const select of lacking) {
    t.throws(
      () => claimValues([asking('a', { v: select })], CLAIMS),
      { kind: 'forbidden', message: 'The credential has no claim that gives "v" (for a); send a token that has it.' },
      select,
    )
  }
  const both = [asking('a', { v: 'missing' }), asking('b', { t: 'tenant', w: 'list' })]
  t.throws(() => claimValues(both, CLAIMS), { message: /gives "v" \(for a\) and "w" \(for b\);/ })
  t.throws(() => claimValues([asking('a', { v: 'tenant' })], null), { message: /no claim/ }, 'an API key has no claims')
})

t.test('names of prototypes are names like others', async (t) => {
  const values = (select: string, claims: Readonly<Record<string, unknown>>) => {
    try {
      return claimValues([asking('a', { v: select })], claims)[0]?.v
    } catch {
      return 'refused'
    }
  }
  for (const name of ['__proto__', 'constructor', 'prototype', 'valueOf']) {
    t.equal(values(name, {}), 'refused', name)
    t.equal(values(`"${name}"`, {}), 'refused', name)
    t.equal(values(`${name}.name`, {}), 'refused', name)
  }
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
})

t.test('an expression may name what stands in for a missing claim', async (t) => {
  const asked = [asking('a', { v: "tenant || 'public'" })]
  t.strictSame(claimValues(asked, {}), [{ v: 'public' }])
  t.strictSame(claimValues(asked, null), [{ v: 'public' }])
})
