import fc from 'fast-check'
import t from 'tap'
import { compileExpression } from '../../src/json/jmespath.ts'
import { deeplyPlain } from '../../src/json/long-number.ts'
import { mayBeLong, parseJson } from '../../src/json/parse.ts'
import { cpuMs } from '../support/cpu-time.ts'

/** Expressions on data with numbers that a double cannot hold. */

const ID = '7615917337495251231'
const DATA = `{"id":${ID},"big":1e400,"n":1,"s":"${ID}","none":null,"list":[{"id":${ID},"n":1},{"id":5,"n":2},{"id":7615917337495251232,"n":3}]}`

const written = (text: string, json = DATA): string =>
  JSON.stringify(compileExpression(text)(parseJson(Buffer.from(json))))

t.test('what is only passed on keeps its digits', async (t) => {
  for (const [text, json] of [
    ['@', DATA],
    ['id', ID],
    ['{a: id, b: [big]}', `{"a":${ID},"b":[1e400]}`],
    ['list[].id', `[${ID},5,7615917337495251232]`],
    ['list[::-1].id', `[7615917337495251232,5,${ID}]`],
    ['[id, list][]|[0]', ID],
    ['list[?n == `1`].id', `[${ID}]`],
    ['list[?id > `6`].n', '[1,3]'],
    ['values({a: id})', `[${ID}]`],
    ['{a: id}.*', `[${ID}]`],
    ['items({a: id})', `[["a",${ID}]]`],
    ["from_items([['a', id]])", `{"a":${ID}}`],
    ['merge({a: n}, {a: id})', `{"a":${ID}}`],
    ['zip([id], [n])', `[[${ID},1]]`],
    ['reverse([n, id])', `[${ID},1]`],
    ['map(&id, list)', `[${ID},5,7615917337495251232]`],
    ['not_null(none, id)', ID],
    ['to_array(id)', `[${ID}]`],
    ['to_number(id)', ID],
    ['none || id', ID],
    ['id || n', ID],
    ['n && id', ID],
    ['n ? id : n', ID],
    ['let $x = id in [$x, list[?n == $x], $x]', `[${ID},[],${ID}]`],
    ['$.id', ID],
    ['sort([id, n])', `[1,${ID}]`],
    ['sort_by(list, &id)[].id', `[5,${ID},7615917337495251232]`],
    ['[max([n, id, n]), min([n, -id, big])]', `[${ID},-7615917337495251000]`],
    ['max_by(list, &id).id', ID],
    ['group_by(list, &to_string(id)).*.id | []', '[]'],
    ['group_by(list, &to_string(id)).*[].id', `[5,${ID},7615917337495251232]`],
    ["attach(list, [{k: s}], &id, &k, 'x')[].x.k", `["${ID}"]`],
    ["attach([{k: s}], list, &k, &id, 'x')[].x.id", `[${ID}]`],
    ["attach([id], [id], &@, &@, 'x')", `[${ID}]`],
    ["attach([{k: [id]}], [[s]], &k, &@, 'x')[].x", `[["${ID}"]]`],
  ] as const)
    t.equal(written(text), json, text)
})

t.test('what looks at a number sees a double', async (t) => {
  for (const [text, json] of [
    ['type(id)', '"number"'],
    ['[type(big), type([id]), type({a: id})]', '["number","array","object"]'],
    ['id + `1`', '7615917337495251000'],
    ['[-id, +id, id / id, id % id, id // id, id * `0`]', '[-7615917337495251000,7615917337495251000,1,0,1,0]'],
    ['[abs(id), ceil(id), floor(id)]', '[7615917337495251000,7615917337495251000,7615917337495251000]'],
    ['[sum([id]), avg([id, id])]', '[7615917337495251000,7615917337495251000]'],
    ['[id > n, id < n, id >= id, id <= big, big > id]', '[true,false,true,true,true]'],
    ['[id == list[2].id, id != list[2].id, id == n]', '[true,false,false]'],
    [`[id == \`${ID}\`, {a: [id]} == {a: [\`${ID}\`]}]`, '[true,true]'],
    ['[id == s, id == none]', '[false,false]'],
    ['[contains(list[].id, id), contains([n], id), contains([s], id)]', '[true,false,false]'],
    [`contains(\`[${ID}]\`, id)`, 'true'],
    ["contains(s, '7615')", 'true'],
    ['[!id, !big]', '[false,false]'],
    ['list[?id].n', '[1,2,3]'],
    [
      '[id.a, id[0], id[], id.*, id[*], id[?@], id[1:], id.toJSON, id.valueOf]',
      '[null,null,null,null,null,null,null,null,null]',
    ],
    ['id.{a: n, b: @}', `{"a":null,"b":${ID}}`],
    ['[to_string(id), to_string([id]), to_string(big)]', `["${ID}","[${ID}]","1e400"]`],
    ["join('-', [to_string(id), s])", `"${ID}-${ID}"`],
  ] as const)
    t.equal(written(text), json, text)
  for (const text of [
    'length(id)',
    'keys(id)',
    'values(id)',
    'items(id)',
    'merge(id)',
    'lower(id)',
    "join(',', [id])",
    'contains(id, n)',
    'sort([id, s])',
    'group_by(list, &id)',
    'map(&@, id)',
    'zip(id)',
  ])
    t.throws(() => written(text), /number|neither|not all texts|Array<string>/, text)
})

t.test('what an expression yields is known to hold long numbers', async (t) => {
  const select = compileExpression('{a: list}')
  t.ok(mayBeLong(select(parseJson(Buffer.from(DATA)))))
  t.notOk(mayBeLong(select({ list: [1] })))
})

t.test('a number of 100,000 digits is a number', async (t) => {
  const digits = '7'.repeat(100_000)
  const json = `{"id":${digits},"list":[${Array(1000).fill('{"n":1}').join(',')}]}`
  const startedAt = cpuMs()
  t.equal(written('id', json), digits)
  t.equal(written('list[?n < $.id] | length(@)', json), '1000')
  t.equal(written('to_string(id)', json).length, 100_002)
  t.equal(written('length(list[?$ == n])', json), '0')
  t.ok(cpuMs() - startedAt < 5000)
})

const names = fc.constantFrom('a', 'b', 'c', 'toJSON')
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 4 },
    names,
    fc.constantFrom(
      '@',
      '$',
      '*',
      '[]',
      '[*]',
      '[0]',
      '[-1:]',
      `\`${ID}\``,
      '`1`',
      "'a'",
      '[?@]',
      '[?a > b]',
      '[?a == b]',
    ),
    fc.tuple(tie('expression'), names).map(([left, name]) => `${left}.${name}`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `[${a}, ${b}]`),
    fc.tuple(names, tie('expression')).map(([name, a]) => `{${name}: ${a}}`),
    fc
      .tuple(
        tie('expression'),
        fc.constantFrom('|', '||', '&&', '==', '!=', '<', '>=', '+', '-', '*'),
        tie('expression'),
      )
      .map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    tie('expression').map((a) => `(!${a})`),
    fc.tuple(tie('expression'), tie('expression'), tie('expression')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    fc.tuple(names, tie('expression'), tie('expression')).map(([v, a, b]) => `(let $${v} = ${a} in [${b}, $${v}])`),
    fc
      .tuple(
        fc.constantFrom(
          'keys',
          'values',
          'items',
          'type',
          'length',
          'to_array',
          'to_number',
          'reverse',
          'max',
          'min',
          'sort',
          'sum',
          'avg',
          'abs',
          'merge',
          'not_null',
          'zip',
        ),
        tie('expression'),
      )
      .map(([f, a]) => `${f}(${a})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `contains(${a}, ${b})`),
    fc.tuple(tie('expression'), tie('expression')).map(([a, b]) => `map(&${a}, ${b})`),
    fc
      .tuple(fc.constantFrom('sort_by', 'max_by', 'min_by', 'group_by'), tie('expression'), tie('expression'))
      .map(([f, a, key]) => `${f}(${a}, &${key})`),
  ),
}))

const scalar = fc.oneof(
  fc.constantFrom(
    ID,
    '7615917337495251232',
    '-12345678901234567890',
    '9007199254740993',
    '1',
    '2',
    'null',
    'true',
    '""',
    '"a"',
  ),
)
const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 3 },
    scalar,
    fc.array(tie('json'), { maxLength: 4 }).map((items) => `[${items}]`),
    fc.dictionary(names, tie('json')).map((members) => {
      return `{${Object.entries(members).map(([key, item]) => `"${key}":${item}`)}}`
    }),
  ),
}))

/** What an expression yields, with doubles; null for an error. */
function resultOf(text: string, data: unknown): string | null {
  try {
    return JSON.stringify(deeplyPlain(compileExpression(text)(data)))
  } catch {
    return null
  }
}

t.test('any expression yields the same as with doubles, but for the digits', async (t) => {
  let exact = 0
  fc.assert(
    fc.property(expression, json, (text, body) => {
      const data = parseJson(Buffer.from(body))
      if (mayBeLong(data)) exact += 1
      return resultOf(text, data) === resultOf(text, JSON.parse(body))
    }),
    { numRuns: 5000 },
  )
  t.ok(exact > 1000, `${exact} of 5,000 with long numbers`)
})
