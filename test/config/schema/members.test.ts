import t from 'tap'
import { type Form, UNKNOWN } from '../../../src/config/schema/form.ts'
import { follow } from '../../../src/config/schema/members.ts'
import { compileExpression, readTree } from '../../../src/json/jmespath.ts'

/** A form: objects have only these members, `null` is unknown, a list has items of the form of its first one. */
type Sketch = null | readonly [Sketch] | { readonly [name: string]: Sketch }

function formOf(sketch: Sketch): Form {
  if (sketch === null) return UNKNOWN
  if (Array.isArray(sketch)) return { items: formOf(sketch[0]) }
  const members = Object.entries(sketch).map(([name, member]) => [name, formOf(member)] as const)
  return { members: new Map(members), isOpen: false, lacks: '' }
}

const DATA: Sketch = { news: [{ title: null, by: { name: null } }], shop: { items: [[{ id: null }]] }, any: null }

function missingIn(expression: string): readonly string[] {
  return follow(readTree(expression), formOf(DATA)).missing.map(({ name }) => name)
}

t.test('reports a missing member, in every kind of expression', async (t) => {
  const expressions = [
    ['x', '@.x', '$.x', '"x"', 'x.y.z', 'x[0]', 'x[*].y', 'x[?y].z', 'x[].y', 'x[:2]', 'x.*', '(x)'],
    ['{a: x}', '[x, any]', '{a: {b: any.{c: $.x}}}', 'any.[$.x]'],
    [
      'x || any',
      'any || x',
      'any && x',
      '!x',
      'x == any',
      'any < x',
      'x + `1`',
      '-x',
      'any ? x : any',
      'x ? any : any',
    ],
    ['length(x)', 'not_null(any, x)', 'map(&$.x, any)', 'any[?id == $.x]', 'any.length($.x)'],
    ['let $v = x in any', 'let $v = any in x', 'any | $.x', '@ | x', '@ | @.x'],
  ].flat()
  for (const expression of expressions) t.same(missingIn(expression), ['x'], expression)
})

t.test('reports missing members of nested data', async (t) => {
  const expressions = [
    ['news[0].x', 'news[*].x', 'news[].x', 'news[?x]', 'news[?title].x', 'news[1:].x', 'news[-1].by.x', 'news[*].by.x'],
    ['news | [0].x', 'news[*].{a: x}', 'news[].[x]', 'news[*].by | [0].x', 'any && shop.x', 'shop.items[].x'],
    ['sort_by(news, &x)', 'sort_by(news, &title)[0].x', 'max_by(news, &title).x', 'reverse(news)[].x'],
    ['map(&x, news)', 'map(&by, news)[].x', 'group_by(news, &x)', 'let $n = news in $n[0].x'],
    ['{a: news} | x', '{a: news}.a[0].x', '{a: {b: any}}.a.x', 'news[*].{a: title}[].x'],
  ].flat()
  for (const expression of expressions) t.same(missingIn(expression), ['x'], expression)
})

t.test('reports nothing if the form of the data is uncertain', async (t) => {
  const expressions = [
    ['news', 'any.x', 'any[0].x.y', 'news.x', 'shop[0].x', '*.x', 'shop.*.x', 'news[0].*.x', 'news[].title.x'],
    ['any | x', '(any || news).x', '(any ? news : shop).x', 'not_null(news, shop).x', 'merge(shop, any).x'],
    ['keys(shop).x', 'values(shop)[].x', 'to_array(shop)[].x', 'zip(news, news)[0].x', 'items(shop)[].x'],
    ['map(&x, any)', 'sort_by(any, &x)', 'map(&[0].id, shop.items)', '`{}`.x', "'t'.x", 'any[?x == `1`]', '@.any.x'],
    ['let $v = any in $v.x', 'news.length(@)', 'any.{a: x}', 'constructor', 'news[0].constructor'],
  ].flat()
  for (const expression of expressions) t.same(missingIn(expression), [], expression)
})

t.test('reports every missing member of an expression', async (t) => {
  t.same(missingIn('x || y'), ['x', 'y'])
  t.same(missingIn('any ? {a: x, b: news[0].y} : z'), ['x', 'y', 'z'])
  t.same(missingIn('x.y | z'), ['x'], 'what is read from null is not told again')
})

t.test('the form of the result of an expression', async (t) => {
  const yielded = (expression: string) => follow(readTree(expression), formOf(DATA)).result
  t.match(yielded('news[*].{a: title}'), { items: { members: new Map([['a', UNKNOWN]]), isOpen: false } })
  t.equal(yielded('news[0].title'), UNKNOWN)
  t.same(yielded('news[0].by'), formOf({ name: null }))
})

t.test('an expression that is nested too deeply to be followed', async (t) => {
  const deep = (depth: number) => {
    let tree = readTree('x')
    for (let level = 0; level < depth; level += 1) tree = { type: 'Pipe', left: tree, right: readTree('x') }
    return tree
  }
  t.same(follow(deep(10), formOf(DATA)).missing.length, 1)
  t.same(follow(deep(100_000), formOf(DATA)), { missing: [], result: UNKNOWN })
})

t.test('members that are reported as missing evaluate to null', async (t) => {
  const data = { news: [{ title: 'a', by: { name: 'b' } }], shop: { items: [[{ id: 1 }]] }, any: {} }
  const expressions = ['x', 'news[0].x', '{a: news} | x', 'shop.items[].x | [0]', 'max_by(news, &title).x']
  for (const expression of expressions) t.equal(compileExpression(expression)(data), null, expression)
})
