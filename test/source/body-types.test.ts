import fc from 'fast-check'
import t from 'tap'
import { BODIES, type BodyType } from '../../src/source/body-types.ts'
import { readXml } from '../../src/source/xml.ts'

const render = (type: BodyType, template: unknown, values: Readonly<Record<string, unknown>> = {}) => {
  const body = BODIES[type].compile(template).render({ json: {}, text: values })
  return Buffer.isBuffer(body) ? body.toString() : body.problem
}

const ADDRESS = 'holds a map in a map, or a list in a list'

t.test('a form has a field for each scalar', async (t) => {
  const values = { q: 'Köln & ü', n: 5, b: false, list: ['a b', 1, null], none: null, empty: [], map: { a: 1 } }
  for (const [template, body] of [
    [{ q: '{q}', days: '{n}', b: '{b}' }, 'q=K%C3%B6ln+%26+%C3%BC&days=5&b=false'],
    [{ tag: '{list}', all: 'in {list}' }, 'tag=a+b&tag=1&all=in+a+b%2C1'],
    [{ tag: ['{q}', 'x', '{none}', '{list}', 7] }, 'tag=K%C3%B6ln+%26+%C3%BC&tag=x&tag=a+b&tag=1&tag=7'],
    [{ a: '{none}', b: '{empty}', c: '{absent}', d: 'x{absent}', e: null, f: '{none}{empty}' }, ''],
    [{ 'a[b]': true, n: 1.5, __proto__: 'x', '{q}': '{{q}}' }, 'a%5Bb%5D=true&n=1.5&%7Bq%7D=%7Bq%7D'],
    [{}, ''],
    [{ a: '' }, 'a='],
  ] as const)
    t.equal(render('form', template, values), body)
  t.equal(render('form', JSON.parse('{"__proto__":"x"}')), '__proto__=x')
  t.match(render('form', { a: '{map}' }, values), /^"map" holds a map or a list in a list, which no form can hold$/)
  t.match(render('form', { a: ['{map}'] }, values), /^"map" holds a map/)
  t.match(render('form', { a: 'x {map}' }, values), /^"map" holds a map/)
  for (const half of ['\ud800', ['a', '\udc00x']])
    for (const template of ['{x}', 'a {x}', ['{x}']])
      t.equal(render('form', { a: template }, { x: half }), '"x" holds half of a character, a lone surrogate')
})

t.test('every form is read back as it was written', async () => {
  const text = fc.string({ unit: 'grapheme' })
  fc.assert(
    fc.property(
      fc.dictionary(fc.string({ unit: fc.constantFrom('a', '&', '=', '+', '%', 'ü', '[') }), fc.array(text)),
      (fields) => {
        const values = Object.fromEntries(Object.values(fields).map((list, at) => [`v${at}`, list]))
        const template = Object.fromEntries(Object.keys(fields).map((key, at) => [key, `{v${at}}`]))
        const expected = Object.entries(fields).flatMap(([key, list]) => list.map((item) => [key, item]))
        return JSON.stringify([...new URLSearchParams(render('form', template, values))]) === JSON.stringify(expected)
      },
    ),
  )
})

t.test('what is no form', async (t) => {
  const { problem } = BODIES.form
  for (const template of ['q={q}', 5, null, [], ['a'], true]) t.match(problem(template), /^must be a map of fields/)
  for (const template of [{ a: {} }, { a: [[]] }, { a: [{}] }]) t.ok(problem(template)?.startsWith(ADDRESS))
  t.equal(problem({ a: [1, 'x', null], b: true, c: null }), null)
})

t.test('a text is sent as it is, with its values', async (t) => {
  const values = { q: '<"&ü\n', list: [1, 'x'], map: {} }
  t.equal(render('text', 'find {q} in {list}; {{q}} {absent}\n', values), 'find <"&ü\n in 1,x; {q} \n')
  t.equal(render('text', '{absent}'), '')
  t.equal(render('text', ''), '')
  t.match(render('text', 'a {map}', values), /^"map" holds a map/)
  t.match(render('text', '{q}', { q: '\ud800' }), /lone surrogate/)
  for (const template of [5, null, {}, [], true]) t.match(BODIES.text.problem(template), /^must be a string/)
  t.equal(BODIES.text.problem('x'), null)
})

t.test('values in XML are escaped', async (t) => {
  t.equal(
    render('xml', '<a b="{q}">{q}{list}{absent}</a>', { q: `<'"&>`, list: ['&', 1] }),
    '<a b="&#60;&#39;&#34;&#38;&#62;">&#60;&#39;&#34;&#38;&#62;&#38;,1</a>',
  )
  for (const odd of ['\u0000', 'a\u001b', '\uffff', ['a', '\u0007']])
    t.equal(render('xml', '<a>{x}</a>', { x: odd }), '"x" holds a character that XML does not allow')
  t.match(render('xml', '<a>{x}</a>', { x: '\ud800' }), /lone surrogate/)
  t.match(render('xml', '<a>{x}</a>', { x: {} }), /^"x" holds a map/)
})

t.test('every value is read back from XML, and is nothing else', async () => {
  const unit = fc.oneof(
    fc.constantFrom('<', '>', '&', '"', "'", ']]>', '-->', '&lt;', '\r\n', '\t', '\n', '{x}', '<b/>'),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  )
  const value = fc.array(unit).map((parts) => parts.join(''))
  fc.assert(
    fc.property(value, (x) => {
      const sent = render('xml', '<a b="{x}" c=\'{x}\'>|{x}|</a>', { x })
      const isOdd = [...x].some((char) => /[\p{Cc}\p{Cs}\ufffe\uffff]/u.test(char) && !/[\t\n\r]/.test(char))
      if (sent.startsWith('"x"')) return isOdd
      return JSON.stringify(readXml(sent)) === JSON.stringify({ a: { '@b': x, '@c': x, '#text': `|${x}|` } })
    }),
  )
})

t.test('what is no XML, or has placeholders where no value can be escaped', async (t) => {
  const { problem } = BODIES.xml
  const fine = [
    '<a/>',
    '<a>{x}</a>',
    '<a b="{x}">{{x}}<!-- c --><![CDATA[ d ]]></a>',
    '<?xml version="1.0" encoding="UTF-8"?><a>{x}{x}</a>',
    '<?xml version="1.0"?>\n<soap:Envelope xmlns:soap="http://s.example/">{x}</soap:Envelope>\n',
  ]
  for (const template of fine) t.equal(problem(template), null, template)
  for (const template of [
    '',
    '{x}',
    '<a>',
    '<a>{x}</b>',
    '<{x}/>',
    '<a {x}="b"/>',
    '<a {x}/>',
    '<a b={x}/>',
    '<a>&</a>',
  ])
    t.match(problem(template), /^is not well-formed XML with its placeholders filled in: ./, template)
  for (const template of [
    '<a><!-- {x} --></a>',
    '<a><![CDATA[{x}]]></a>',
    '<?p {x}?><a/>',
    '<!DOCTYPE a [<!ENTITY b "{x}">]><a/>',
  ])
    t.match(problem(template), /^has a placeholder in a comment/, template)
  t.match(problem('<?xml version="1.0" encoding="ISO-8859-1"?><a/>'), /^declares an encoding, but is sent in UTF-8/)
  for (const template of [5, null, {}, []]) t.match(problem(template), /^must be a string, because bodyType is xml/)
})
