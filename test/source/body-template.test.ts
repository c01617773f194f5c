import fc from 'fast-check'
import t from 'tap'
import { compileBody } from '../../src/source/body-template.ts'

const render = (template: unknown, values: Readonly<Record<string, unknown>> = {}) => {
  const body = compileBody(template).render({ json: values, text: values })
  return Buffer.isBuffer(body) ? body.toString() : body.problem
}
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

t.test('in a longer string values are text, and a list is joined with commas', async (t) => {
  const values = { q: 'Köln', n: 1.5, b: true, list: [1, 'x', null, false], none: [], map: { a: 1 }, maps: [{ a: 1 }] }
  for (const [template, text] of [
    ['for {q}', 'for Köln'],
    ['{q}{n}', 'Köln1.5'],
    [' {q}', ' Köln'],
    ['{q}\n', 'Köln\n'],
    ['{b}/{list}', 'true/1,x,false'],
    ['{q}{absent}', 'Köln'],
    ['{q} {none}', 'Köln '],
  ] as const)
    t.equal(render([template], values), JSON.stringify([text]), template)
  for (const name of ['map', 'maps'])
    t.equal(render([`x {${name}}`], values), `"${name}" holds a map, which cannot stand within a text`)
})

t.test('doubled braces write the name in braces, and all other braces are literal', async (t) => {
  const values = { q: 'x', user: 'y' }
  for (const [template, text] of [
    ['{{q}}', '{q}'],
    ['{{q}} is {q}', '{q} is x'],
    ['{{{q}}}', '{{q}}'],
    ['query { user { name } }', 'query { user { name } }'],
    ['{}', '{}'],
    ['{', '{'],
    ['{ q }', '{ q }'],
    ['{1q}', '{1q}'],
    ['{q-n}', '{q-n}'],
    ['{q*}', '{q*}'],
    ['{?q}', '{?q}'],
    ['{"a":{"b":1}}', '{"a":{"b":1}}'],
    ['{{q}', '{x'],
    ['{q}}', 'x}'],
    ['', ''],
  ] as const)
    t.equal(render([template], values), JSON.stringify([text]), template)
  t.equal(render([`{${'q'.repeat(64)}}`], { ['q'.repeat(64)]: 1 }), `["{${'q'.repeat(64)}}"]`, 'no name of a parameter')
})

t.test('members and items without a value are left out', async (t) => {
  t.equal(render({ a: '{no}', b: ['{no}', 1, ['{no}']], c: { d: '{no}' } }), '{"b":[1,[]],"c":{}}')
  t.equal(render({ a: '{no}' }, { no: undefined }), '{}')
  t.equal(render({ a: 'x {no}', b: '{no}{no}', c: 'x {no} {q}' }, { q: 'q' }), '{"c":"x  q"}', 'in a longer text too')
  t.equal(render('{no}'), 'null')
  t.equal(render(['{toString}', '{constructor}', '{__proto__}']), '[]', 'nothing is inherited')
})

t.test('variables are listed once each', async (t) => {
  const { variables } = compileBody({ '{key}': ['{a}', 'x {c}', { d: '{b}' }], e: '{a}', f: null, g: 1 })
  t.strictSame(variables, ['a', 'c', 'b'])
  t.strictSame(compileBody('{a}').variables, ['a'])
  t.strictSame(compileBody(null).variables, [])
})

t.test('numbers keep all their digits', async (t) => {
  t.equal(render({ n: '{n}' }, { n: rawJSON('9007199254740993') }), '{"n":9007199254740993}')
  t.equal(render({ n: '{n}' }, { n: [rawJSON('1.10'), rawJSON('-0')] }), '{"n":[1.10,-0]}')
})

t.test('no value changes the structure', async (t) => {
  const hostile = '", "admin": true, "x": "\\'
  t.strictSame(JSON.parse(render({ a: '{v}', b: 1 }, { v: hostile })), { a: hostile, b: 1 })
  t.equal(render({ a: '{v}', b: '{w}' }, { v: '{w}', w: '{v}' }), '{"a":"{w}","b":"{v}"}', 'nor is it filled in itself')
  t.strictSame(JSON.parse(render({ a: 'x {v} y', b: 1 }, { v: hostile })), { a: `x ${hostile} y`, b: 1 })
  t.equal(render(['x {v}', '{{v}}'], { v: '{w}{{w}}', w: 'no' }), '["x {w}{{w}}","{v}"]')
  t.equal(render(['{v}'], { v: ['{v}', { a: '{v}' }] }), '[["{v}",{"a":"{v}"}]]')
})

t.test('names of inherited properties are ordinary keys, and change no prototype', async (t) => {
  const template = JSON.parse(
    '{"__proto__":{"polluted":"{v}","__proto__":1},"constructor":{"prototype":["{v}"]},"toString":"{v}"}',
  )
  const body = compileBody(template)
  t.strictSame(body.variables, ['v'])
  t.equal(
    render(template, { v: 1 }),
    '{"__proto__":{"polluted":1,"__proto__":1},"constructor":{"prototype":[1]},"toString":1}',
  )
  t.equal(render(['{v}'], { v: JSON.parse('{"__proto__":{"polluted":1}}') }), '[{"__proto__":{"polluted":1}}]')
  t.equal(render(['{__proto__}'], JSON.parse('{"__proto__":1}')), '[1]')
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
})

t.test('values are filled in exactly, and the rest of the template is unchanged', async () => {
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
