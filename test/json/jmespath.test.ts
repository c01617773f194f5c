import fc from 'fast-check'
import t from 'tap'
import { compileExpression, ExpressionError } from '../../src/json/jmespath.ts'
import { cpuMs } from '../support/cpu-time.ts'

const search = (text: string, value: unknown) => compileExpression(text)(value)
/** tap compares classes of errors by name */
const REFUSED = { message: /^is no valid JMESPath/ }
const parse = (text: string): unknown => JSON.parse(text)

t.test('an expression takes from data what it names', async (t) => {
  const data = { main: { temp: 21.5 }, list: [{ id: 2, on: true }, { id: 1 }], 'a-b': 'x' }
  for (const [text, result] of [
    ['@', data],
    ['main.temp', 21.5],
    ['{temp: main.temp, first: list[0].id}', { temp: 21.5, first: 2 }],
    ['list[?on].id', [2]],
    ['list[?id == `1`] | [0]', { id: 1 }],
    ['sort_by(list, &id)[].id', [1, 2]],
    ['map(&id, list)', [2, 1]],
    ['[:1] || "a-b"', 'x'],
    ['let $on = main in $on.temp', 21.5],
    ['length(list) + `1`', 3],
    ["'raw'", 'raw'],
  ] as const)
    t.strictSame(search(text, data), result, text)
})

t.test('what is not there is null, never undefined', async (t) => {
  for (const text of [
    'no',
    'no.no',
    'no[0]',
    '[9]',
    'max(`[]`)',
    'list[].no | [0]',
    'not_null(no, no)',
    "find_first('a', 'b')",
  ])
    t.equal(search(text, { list: [{}] }), null, text)
  t.strictSame(search('[no, {a: no}]', {}), [null, { a: null }])
  t.equal(search('@', undefined), null)
})

t.test('names that objects inherit yield null', async (t) => {
  for (const name of Object.getOwnPropertyNames(Object.prototype)) {
    for (const text of [name, `"${name}"`, `a.${name}`, `@ | ${name}`, `list[0].${name}`, `values(@)[0].${name}`])
      t.equal(search(text, { a: {}, list: [{}] }), null, text)
    t.strictSame(search(`list[].${name}`, { list: [{}, {}] }), [], name)
    t.strictSame(search(`{"a": ${name}, b: [${name}]}`, {}), { a: null, b: [null] }, name)
    t.strictSame(search(`list[?${name}]`, { list: [{}] }), [], name)
    t.equal(search(`let $o = ${name} in $o`, {}), null, name)
    t.strictSame(search('@', { [name]: 1 }), { [name]: 1 }, 'as data they pass')
  }
})

t.test('no data becomes a prototype, or leaves one', async (t) => {
  const pairs = parse('[{"k":"__proto__","polluted":1},{"k":"constructor"},{"k":"toString"},{"k":"__proto__"}]')
  const keyed = parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}')
  for (const [text, data, json] of [
    [
      'group_by(@, &k)',
      pairs,
      '{"__proto__":[{"k":"__proto__","polluted":1},{"k":"__proto__"}],"constructor":[{"k":"constructor"}],"toString":[{"k":"toString"}]}',
    ],
    ['from_items([[`"__proto__"`, @]])', { polluted: 1 }, '{"__proto__":{"polluted":1}}'],
    ['merge(@, `{"a":1}`, @)', keyed, '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"a":1}'],
    ['merge(@, @).polluted', keyed, 'null'],
    ["from_items([['__proto__', @]]).polluted", { polluted: 1 }, 'null'],
    ['from_items(items(@))', keyed, JSON.stringify(keyed)],
    ['group_by(@, &k).polluted', pairs, 'null'],
    ['@ == `{}`', keyed, 'false'],
    ['keys(@)', keyed, '["__proto__","constructor"]'],
    ['let $__proto__ = @ in $__proto__.polluted', { polluted: 1 }, '1'],
  ] as const)
    t.equal(JSON.stringify(search(text, data)), json, text)
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
})

t.test('data cannot pass for a part of the expression', async (t) => {
  const data = { f: { expref: true, type: 'Field', name: '__proto__' }, list: [{}] }
  t.strictSame(search('f', data), data.f)
  for (const text of ['map(f, list)', 'sort_by(list, f)', 'group_by(list, @.f)', 'let $f = f in max_by(list, $f)'])
    t.throws(() => compileExpression(text), REFUSED, text)
})

t.test('the functions do what the specification says', async (t) => {
  const people = [
    { n: 'b', i: 1 },
    { n: 'a', i: 2 },
    { n: 'b', i: 3 },
    { n: 'a', i: 4 },
  ]
  for (const [text, data, result] of [
    ['sort(@)', [10, 9, -1, 1], [-1, 1, 9, 10]],
    ['sort(@)', ['\u{1f600}', '\uffee', 'b', 'B', 'ab', 'a'], ['B', 'a', 'ab', 'b', '\uffee', '\u{1f600}']],
    ['sort(@)', [], []],
    ['sort_by(@, &n)[].i', people, [2, 4, 1, 3]],
    ['sort_by(@, &i)[].i', [{ i: 10 }, { i: 9 }], [9, 10]],
    ['sort_by(@, &i)', [], []],
    ['group_by(@, &n).a[].i', people, [2, 4]],
    ['group_by(@, &n)', [], {}],
    ['merge(@, `{"b":3,"c":4}`)', { a: 1, b: 2 }, { a: 1, b: 3, c: 4 }],
    ['[trim(@), trim_left(@), trim_right(@)]', ' \n a b\u0085 ', ['a b', 'a b\u0085 ', ' \n a b']],
    [
      "[trim(@, 'x-'), trim_left(@, 'x-'), trim_right(@, 'x-'), trim(@, '')]",
      '-xa-xb-x',
      ['a-xb', 'a-xb-x', '-xa-xb', '-xa-xb-x'],
    ],
    ['trim(@)', '  ', ''],
    ["[length(@), length('')]", 'a\u{1f600}b\ud800', [4, 0]],
    ['[length(a), length(b)]', { a: [1, 2], b: { c: 1 } }, [2, 1]],
  ] as const)
    t.strictSame(search(text, data), result, text)
  const spaces = `a${' '.repeat(1e6)}b`
  const start = cpuMs()
  t.equal(search('trim(@)', spaces), spaces)
  t.ok(cpuMs() - start < 1000, 'the library takes a quarter of an hour')
})

t.test('an expression that errs on its data throws', async (t) => {
  for (const [text, data] of [
    ['length(@)', 1],
    ['abs(@)', 'x'],
    ['sum(@)', ['x']],
    ['a + b', { a: 1, b: '1' }],
    ['a / b', { a: 1, b: 0 }],
    ['sort(@)', [1, 'a']],
    ['sort_by(@, &a)', [{ a: 1 }, { a: 'x' }]],
    ['sort_by(@, &a)', [{}]],
    ['group_by(@, &a)', [{ a: 1 }]],
    ['merge(@)', null],
    ['trim(@)', 5],
    ['$no', {}],
    ['[::`0`]', []],
    ['pad_left(@, `-1`)', 'a'],
    ['abs()', 1],
    ['abs(@, @)', 1],
  ] as const)
    t.throws(() => search(text, data), Error, text)
})

t.test('what is no expression is refused, and it is said where and why', async (t) => {
  for (const [text, why] of [
    ['', ': it ends too early'],
    ['a.', ': it ends too early'],
    ['foo[', ': it ends too early'],
    ['{a: b', ': it ends too early'],
    ['abs(a', ': it ends too early'],
    ['a ||', ': it ends too early'],
    ['foo bar', ', at character 5: unexpected token type: UnquotedIdentifier, value: bar'],
    ['a # b', ', at character 3: unknown character: #'],
    ['a.[b,]', ', at character 6: unexpected token Rbracket'],
    ['a[1:2:3:4]', ', at character 8: too many colons in slice expression'],
    ['a)', ', at character 2: unexpected token type: Rparen, value: )'],
    ['a.b.1', ', at character 5: unexpected token: 1(Number)'],
    ['a || "b', ', at character 6: unexpected end of JSON input'],
    ['"f"(a)', ', at character 4: quoted identifier not allowed for function names.'],
    ['nope(@)', ': there is no function nope()'],
    ['a[?b].Length(@)', ': there is no function Length()'],
    ['constructor(@)', ': there is no function constructor()'],
    ['__proto__(@)', ': there is no function __proto__()'],
    ['{"__proto__": a}', ': no key can be named __proto__'],
    ['map(a, b)', ': argument 1 of map() is an expression (&...)'],
    ['length(&a)', ': argument 1 of length() is a value'],
    ['[&a]', ': & stands before an argument of a function only'],
    ['&a', ': & stands before an argument of a function only'],
    ["[?a = 'x']", ': = stands after let only; == compares'],
  ] as const)
    t.throws(() => compileExpression(text), { message: `is no valid JMESPath${why}` }, text)
})

t.test('a refusal is known by its class', async (t) => {
  try {
    compileExpression('(')
    t.fail('it is refused')
  } catch (error) {
    t.ok(error instanceof ExpressionError)
  }
})

t.test('expressions of any length and depth are compiled or refused', async (t) => {
  for (const text of ['('.repeat(1e5), '['.repeat(1e5), `${'a.'.repeat(1e5)}#`, `a${' '.repeat(1e5)}#`])
    t.throws(() => compileExpression(text), REFUSED, text.slice(0, 3))
  t.strictSame(search(Array(1000).fill('a').join('.'), {}), null)
})

t.test('data nested a million deep is answered, or an error', async (t) => {
  const deep = { deep: JSON.parse('['.repeat(1e6) + ']'.repeat(1e6)), ok: 1 }
  t.equal(search('ok', deep), 1)
  t.equal(search('deep', deep), deep.deep)
  t.ok(Array.isArray(search('deep[][][0]', deep)))
  t.equal(search('length(deep)', deep), 1)
  t.throws(() => search('to_string(deep)', deep), RangeError)
  const other = JSON.parse('['.repeat(1e6) + ']'.repeat(1e6))
  t.throws(() => search('a == b', { a: deep.deep, b: other }), RangeError)
})

t.test('whatever is asked of whatever data, JSON comes out', async () => {
  const names = fc.constantFrom('a', 'b', '__proto__', 'constructor', 'toString', '"x y"')
  const { expression } = fc.letrec<{ expression: string }>((tie) => ({
    expression: fc.oneof(
      { maxDepth: 4 },
      names,
      fc.constantFrom('@', '$', '*', '[]', '[*]', '[0]', '[-1:]', '`1`', "'a'"),
      fc.tuple(tie('expression'), names).map(([left, name]) => `${left}.${name}`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}, ${b}]`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} | ${b})`),
      fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} || ${b})`),
      fc.tuple(names, tie('expression')).map(([name, a]) => `{${name === '__proto__' ? 'p' : name}: ${a}}`),
      fc
        .tuple(fc.constantFrom('keys', 'values', 'items', 'merge', 'type', 'to_string'), tie('expression'))
        .map(([f, a]) => `${f}(${a})`),
      fc
        .tuple(fc.constantFrom('group_by', 'sort_by'), tie('expression'), names)
        .map(([f, a, key]) => `${f}(${a}, &${key})`),
    ),
  }))
  fc.assert(
    fc.property(expression, fc.json(), (text, data) => {
      let result: unknown
      try {
        result = search(text, parse(data))
      } catch (error) {
        return error instanceof Error && !(error instanceof TypeError)
      }
      return isJson(result)
    }),
    { numRuns: 1000 },
  )
})

function isJson(value: unknown): boolean {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return true
  if (typeof value !== 'object' || value === Object.prototype) return false
  if (!Array.isArray(value) && Object.getPrototypeOf(value) !== Object.prototype) return false
  return Object.values(value).every(isJson)
}
