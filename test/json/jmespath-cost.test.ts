import { TreeInterpreter } from '@jmespath-community/jmespath'
import fc from 'fast-check'
import t from 'tap'
import { compileExpression, type Expression } from '../../src/json/jmespath.ts'
import { weighsAtMost, weightOf } from '../../src/json/weight.ts'
import { cpuMs } from '../support/cpu-time.ts'

const weigh = (text: string) => weightOf(Buffer.from(text))

/** What an expression really takes: parts of it that are evaluated, and the weight of what it yields. */
function measured(expression: Expression, json: string): number {
  const { visit } = TreeInterpreter
  let visits = 0
  TreeInterpreter.visit = function counted(...args) {
    visits += 1
    return visit.apply(this, args)
  }
  try {
    return visits + weigh(JSON.stringify(expression(JSON.parse(json))))
  } catch {
    return visits
  } finally {
    TreeInterpreter.visit = visit
  }
}

const names = fc.constantFrom('a', 'b', 'c')
const LEAVES = ['@', '$', '*', '[]', '[*]', '[0]', '[-1:]', '`1`', "'a'", '`[1,{"a":2}]`', '[?a]', '*.*', '[][]']
const FUNCTIONS = ['keys', 'values', 'items', 'to_string', 'to_array', 'length', 'reverse', 'type', 'max', 'from_items']
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5, depthSize: 'large' },
    names,
    fc.constantFrom(...LEAVES),
    fc.tuple(tie('expression'), names).map(([left, name]) => `${left}.${name}`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} | ${b})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} || ${b})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a} == ${b})`),
    fc.tuple(names, tie('expression'), tie('expression')).map(([name, a, b]) => `{${name}: ${a}, x: ${b}}`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `${a}[?${b}]`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a})[*].[${b}, @]`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `(${a})[].{m: ${b}}`),
    fc.tuple(names, tie('expression'), tie('expression')).map(([v, a, b]) => `(let $${v} = ${a} in [${b}, $${v}])`),
    fc.tuple(fc.constantFrom(...FUNCTIONS), tie('expression')).map(([f, a]) => `${f}(${a})`),
    fc.tuple(fc.constantFrom('merge', 'zip', 'not_null'), tie('expression'), tie('expression')).map(([f, a, b]) => {
      return `${f}(${a}, ${b})`
    }),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `map(&${a}, ${b})`),
    fc.tuple(fc.constantFrom('group_by', 'sort_by', 'max_by'), tie('expression'), names).map(([f, a, key]) => {
      return `${f}(${a}, &${key})`
    }),
    fc
      .tuple(fc.constantFrom('@', 'a', 'a[]', '$.a'), tie('expression'), tie('expression'), names)
      .map(([l, r, key, b]) => {
        return `attach(${l}, ${r}, &${key}, &${b}, 'x')`
      }),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `join(${a}, ${b})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `replace(to_string(${a}), 'a', to_string(${b}))`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `split(to_string(${a}), ${b})`),
    tie('expression').map((a) => `pad_left(to_string(${a}), \`40\`, 'x')`),
  ),
}))

t.test('no expression takes more steps than its bound says, on any data', async (t) => {
  let tight = 0
  fc.assert(
    fc.property(expression, fc.json({ maxDepth: 4 }), (text, json) => {
      const compiled = compileExpression(text)
      const took = measured(compiled, json)
      const bound = compiled.steps(weigh(json))
      if (took > 5 && bound < 100 * took) tight += 1
      return took <= bound
    }),
    { numRuns: 5000 },
  )
  t.ok(tight > 50, `within a hundred times of what it took in ${tight} of 5,000`)
})

t.test('attaching takes no more than its bound says, where each element has the same large match', async (t) => {
  const compiled = compileExpression("attach(a, b, &'k', &'k', 'x')")
  for (const [left, right] of [
    [1, 1],
    [1, 100],
    [100, 1],
    [40, 40],
    [10, 70],
  ] as const) {
    const json = JSON.stringify({ a: Array(left).fill({}), b: [Array(right).fill(1)] })
    const took = measured(compiled, json)
    const bound = compiled.steps(weigh(json))
    t.ok(took <= bound && bound < 150 * took, `${left} and ${right}: ${took} of ${bound}`)
  }
  t.ok(compiled.maxWeight > 300, 'a screen of orders with their users is for the event loop')
})

t.test('ordinary expressions over ordinary data are for the event loop', async (t) => {
  const article = {
    source: { id: null, name: 'A paper' },
    title: 'x'.repeat(80),
    text: 'y'.repeat(600),
    tags: ['a', 'b'],
  }
  const json = Buffer.from(JSON.stringify({ status: 'ok', articles: Array(80).fill(article) }))
  t.ok(json.length > 60_000)
  for (const text of [
    '@',
    'articles[0]',
    'articles[].title',
    'articles[].{title: title, by: source.name, text: text, tags: tags}',
    "articles[?source.name == 'A paper'].title",
    '{first: articles[0].title, count: length(articles), all: articles[].title}',
  ])
    t.ok(weighsAtMost(compileExpression(text).maxWeight, [json]), text)
})

t.test('an expression that can grow without end is for no event loop, however small the data', async (t) => {
  for (const text of [
    `${'[@,@]|'.repeat(40)}@`,
    `${'{a:@,b:@}|'.repeat(40)}@`,
    `${'[@,@][]|'.repeat(40)}@`,
    `${'merge({a:@},{b:@})|'.repeat(40)}@`,
    `${"join('', [to_string(@), to_string(@)])|".repeat(40)}@`,
    `${"replace(to_string(@), '', 'ab')|".repeat(40)}@`,
    `${'let $x = [@, @] in $x|'.repeat(40)}@`,
    `${'map(&[@, @], @)|'.repeat(40)}@`,
    `${'[@, @] == [@, @] && '.repeat(10)}${'[@,@]|'.repeat(30)}@`,
    'pad_left(a, b)',
    "replace(a, 'b', 'c', d)",
    "replace(a, 'b', '$`$`', `50`)",
    'pad_right(a, `1000000000`)',
  ])
    t.equal(compileExpression(text).maxWeight, 0, text.slice(0, 40))
})

t.test('each item against all of the data is for the event loop where there is little of it', async (t) => {
  const { maxWeight } = compileExpression('items[?contains($.ids, id)]')
  t.ok(maxWeight > 5 && maxWeight < 200, String(maxWeight))
})

t.test('an expression of any form and length has its bound at once', async (t) => {
  const startedAt = cpuMs()
  compileExpression(`{${Array.from({ length: 600 }, (_, n) => `k${n}: a.b.c${n}`).join(', ')}}`)
  for (const [before, between, after] of [
    ['', ' || ', ''],
    ['', ' && ', ''],
    ['', ' == ', ''],
    ['', ' | ', ''],
    ['', '.', ''],
    ['', '[?', ']'],
    ['(', ')[*].[', ']'],
    ['', ' ? a : ', ''],
    ['let $x = ', ' in ', ''],
    ['map(&', ', ', ')'],
    ['sort_by(', ', &', ')'],
    ['[', ', ', ']'],
    ['!', '+', ''],
  ] as const) {
    let text = 'a'
    for (let n = 0; n < 60; n += 1) text = `${before}${text}${between}b${after}`
    compileExpression(text)
    text = 'a'
    for (let n = 0; n < 60; n += 1) text = `${before}b${between}${text}${after}`
    compileExpression(text)
  }
  t.ok(cpuMs() - startedAt < 5000)
})

t.test('data weighs what its values, its text and its depth are', async (t) => {
  t.equal(weigh('1'), 1 + 1 / 64)
  t.equal(weigh('[1,2]'), 3 + (1 + 5) / 64)
  t.equal(weigh('{"a,[":"\\",{"}'), 2 + (1 + 14) / 64)
  t.equal(weigh('[[[]]]'), 4 + (1 + 2 + 3 + 6) / 64)
  t.equal(weigh('[[],[]]'), 5 - 1 + 1 + (1 + 2 + 2 + 7) / 64)
})

t.test('no text weighs more than its length allows', async () => {
  fc.assert(
    fc.property(fc.array(fc.json()), fc.nat(3000), (texts, max) => {
      const bodies = texts.map((text) => Buffer.from(text))
      const weight = bodies.reduce((total, body) => total + weightOf(body), 0)
      return weighsAtMost(max, bodies) === weight <= max
    }),
  )
  const spine = (levels: number) => Buffer.from(`${'['.repeat(levels)}${'[],'.repeat(levels)}1${']'.repeat(levels)}`)
  for (let levels = 1; levels < 2000; levels *= 2) {
    const weight = weightOf(spine(levels))
    if (weighsAtMost(weight - 0.01, [spine(levels)])) throw new Error(`${levels} levels`)
  }
})
