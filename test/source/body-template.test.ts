import fc from 'fast-check'
import t from 'tap'
import { type BodyValues, compileBody } from '../../src/source/body-template.ts'

const render = (template: unknown, values: BodyValues = {}) => compileBody(template).render(values).toString()
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown }

t.test('a string that is exactly a name in braces becomes the value of that name', async (t) => {
  const values = { q: 'London', n: 5, b: false, list: [1, 'x'], map: { a: null }, none: null }
  for (const [template, body] of [
    [{ city: '{q}' }, '{"city":"London"}'],
    ['{q}', '"London"'],
    [['{n}', '{b}', '{none}'], '[5,false,null]'],
    [{ a: [{ b: ['{list}', '{map}'] }] }, '{"a":[{"b":[[1,"x"],{"a":null}]}]}'],
    [{ '{q}': '{q}' }, '{"{q}":"London"}'],
    [{ twice: ['{q}', '{q}'] }, '{"twice":["London","London"]}'],
    [{ s: 'London', n: 1.5, b: true, z: null, l: [], m: {} }, '{"s":"London","n":1.5,"b":true,"z":null,"l":[],"m":{}}'],
    [null, 'null'],
    [7, '7'],
  ] as const)
    t.equal(render(template, values), body)
})

t.test('every other string stays what it is', async (t) => {
  for (const text of [
    '{q}{n}',
    'x {q}',
    '{q} ',
    ' {q}',
    '{q}\n',
    '{ q }',
    '{}',
    '{',
    '{{q}}',
    '{1q}',
    '{q-n}',
    '{q*}',
    '{?q}',
    '',
  ])
    t.equal(render([text], { q: 1, n: 2 }), JSON.stringify([text]), text)
  t.equal(render([`{${'q'.repeat(64)}}`], { ['q'.repeat(64)]: 1 }), `["{${'q'.repeat(64)}}"]`, 'no name of a parameter')
})

t.test('what has no value is left out', async (t) => {
  t.equal(render({ a: '{no}', b: ['{no}', 1, ['{no}']], c: { d: '{no}' } }), '{"b":[1,[]],"c":{}}')
  t.equal(render({ a: '{no}' }, { no: undefined }), '{}')
  t.equal(render('{no}'), 'null')
  t.equal(render(['{toString}', '{constructor}', '{__proto__}']), '[]', 'nothing is inherited')
})

t.test('its variables are named, each once', async (t) => {
  const { variables } = compileBody({ '{key}': ['{a}', 'x {c}', { d: '{b}' }], e: '{a}', f: null, g: 1 })
  t.strictSame(variables, ['a', 'b'])
  t.strictSame(compileBody('{a}').variables, ['a'])
  t.strictSame(compileBody(null).variables, [])
})

t.test('numbers keep all their digits', async (t) => {
  t.equal(render({ n: '{n}' }, { n: rawJSON('9007199254740993') }), '{"n":9007199254740993}')
  t.equal(render({ n: '{n}' }, { n: [rawJSON('1.10'), rawJSON('-0')] }), '{"n":[1.10,-0]}')
})

t.test('no value leaves its place', async (t) => {
  const hostile = '", "admin": true, "x": "\\'
  t.strictSame(JSON.parse(render({ a: '{v}', b: 1 }, { v: hostile })), { a: hostile, b: 1 })
  t.equal(render({ a: '{v}', b: '{w}' }, { v: '{w}', w: '{v}' }), '{"a":"{w}","b":"{v}"}', 'nor is it filled in itself')
  t.equal(render(['{v}'], { v: ['{v}', { a: '{v}' }] }), '[["{v}",{"a":"{v}"}]]')
})

t.test('inherited names are keys like any other, and pollute nothing', async (t) => {
  const template = JSON.parse(
    '{"__proto__":{"polluted":"{v}","__proto__":1},"constructor":{"prototype":["{v}"]},"toString":"{v}"}',
  )
  const body = compileBody(template)
  t.strictSame(body.variables, ['v'])
  t.equal(
    body.render({ v: 1 }).toString(),
    '{"__proto__":{"polluted":1,"__proto__":1},"constructor":{"prototype":[1]},"toString":1}',
  )
  t.equal(render(['{v}'], { v: JSON.parse('{"__proto__":{"polluted":1}}') }), '[{"__proto__":{"polluted":1}}]')
  t.equal(render(['{__proto__}'], JSON.parse('{"__proto__":1}')), '[1]')
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
})

t.test('what is filled in is the value, and the rest is the template', async () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, rest) => {
      const literal = JSON.parse(JSON.stringify(rest).replaceAll('{', '{ ').replaceAll('}', ' }'))
      const [filled, other] = JSON.parse(render(['{v}', { literal }], { v: value }))
      return (
        JSON.stringify(filled) === JSON.stringify(value) && JSON.stringify(other.literal) === JSON.stringify(literal)
      )
    }),
  )
})
