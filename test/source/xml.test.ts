import fc from 'fast-check'
import t from 'tap'
import { readXml } from '../../src/source/xml.ts'
import { cpuMs } from '../support/cpu-time.ts'

const own = (json: string): unknown => JSON.parse(json)

t.test('elements become keys, attributes @name, text beside them #text, repeated elements lists', async (t) => {
  for (const [xml, data] of [
    ['<a/>', { a: '' }],
    ['<a></a>', { a: '' }],
    ['<a>\n  </a>', { a: '' }],
    ['<a>12</a>', { a: '12' }],
    ['<a>true</a >', { a: 'true' }],
    ['<a b="1"/>', { a: { '@b': '1' } }],
    ['<a b="">x</a>', { a: { '@b': '', '#text': 'x' } }],
    [`<a\n b = "x'y"\tc='>"'\r\n/>`, { a: { '@b': "x'y", '@c': '>"' } }],
    ['<a b="1\t2\r\n3&#10;4"/>', { a: { '@b': '1 2 3\n4' } }],
    ['<a> <b>1</b> <c>2</c> <b>3</b> <b/></a>', { a: { b: ['1', '3', ''], c: '2' } }],
    ['<a>Hello <b>big</b> world</a>', { a: { b: 'big', '#text': 'Hello  world' } }],
    ['<é ü="ñ">日本 \u{1f600}</é>', { é: { '@ü': 'ñ', '#text': '日本 \u{1f600}' } }],
    ['<x:a xmlns:x="urn:x"><x:b/></x:a>', { 'x:a': { '@xmlns:x': 'urn:x', 'x:b': '' } }],
    ['<_>1</_>', { _: '1' }],
    ['<a> x > y\r\nz </a>', { a: 'x > y\nz' }],
  ] as const)
    t.same(readXml(xml), data, xml)
})

t.test('references are decoded once, and no other entity is expanded', async (t) => {
  for (const [text, data] of [
    ['&lt;&gt;&amp;&quot;&apos;', `<>&"'`],
    ['it&#8217;s &#x2019;&#128512;', 'it\u2019s \u2019\u{1f600}'],
    ['&amp;lt; &#38;lt; &#x26;#65;', '&lt; &lt; &#65;'],
    ['&nbsp; &foo; &constructor; &__proto__;', '&nbsp; &foo; &constructor; &__proto__;'],
    ['&a-name.longer_than-twenty-characters;', '&a-name.longer_than-twenty-characters;'],
    ['<![CDATA[<b> &amp; &#65; ]]]]><![CDATA[> ]]>', '<b> &amp; &#65; ]]> '],
    ['\n<![CDATA[x]]>\n', 'x'],
    ["x<!-- <b> & -->y<?php it's <b> ?>z", 'xyz'],
  ] as const) {
    t.same(readXml(`<a>${text}</a>`), { a: data }, text)
    if (!text.includes('<')) t.same(readXml(`<a b='${text}'/>`), { a: { '@b': data } }, text)
  }
})

t.test('declaration, DOCTYPE, comments and instructions vanish', async (t) => {
  const around = [
    ['<?xml version="1.0" encoding="UTF-8"?>\n', '\n<!-- end -->\n<?end?>\n'],
    ['<!-- it\'s --><?xml-stylesheet href="x"?>\n<!DOCTYPE a><!---->', ' '],
    ['<!DOCTYPE a PUBLIC "-//X//DTD a 1.0//EN" \'http://127.0.0.1/x.dtd\' >', ''],
    ['<!DOCTYPE a [<!ELEMENT a (#PCDATA)> <!-- it\'s --> <!ATTLIST a b CDATA "x">]>', ''],
  ] as const
  for (const [before, after] of around) t.same(readXml(`${before}<a>1</a>${after}`), { a: '1' }, before)
})

t.test('declared entities are not expanded and load nothing', async (t) => {
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`).join('')
  t.same(readXml(`<!DOCTYPE a [<!ENTITY l0 "lol">${laughs}]><a b="&l9;">&l9;</a>`), {
    a: { '@b': '&l9;', '#text': '&l9;' },
  })
  const external = '<!ENTITY x SYSTEM "file:///etc/passwd"><!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;'
  t.same(readXml(`<!DOCTYPE a [${external}]><a>&x;</a>`), { a: '&x;' })
  t.same(readXml('<!DOCTYPE a [<!ENTITY lt "no">]><a>&lt;</a>'), { a: '<' }, 'the five are not declared anew')
})

t.test('names of inherited properties are ordinary names', async (t) => {
  const names = ['__proto__', 'constructor', 'prototype', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__']
  for (const name of names) {
    const xml = `<r><${name} polluted="1"/><b ${name}="2"/><c><${name}/><${name}>3</${name}></c></r>`
    t.same(
      JSON.stringify(readXml(xml)),
      `{"r":{"${name}":{"@polluted":"1"},"b":{"@${name}":"2"},"c":{"${name}":["","3"]}}}`,
    )
    t.same(JSON.stringify(readXml(`<${name}/>`)), `{"${name}":""}`)
  }
  t.strictSame(Object.keys(readXml('<__proto__><polluted>1</polluted></__proto__>') as object), ['__proto__'])
  t.equal((own('{}') as { polluted?: unknown }).polluted, undefined)
})

t.test('text that is not well-formed is rejected', async (t) => {
  for (const xml of [
    '',
    ' ',
    '{"a":1}',
    'text',
    '<a>',
    '</a>',
    '<a></b>',
    '<a><b></a></b>',
    '<a></a></a>',
    '<r><a></a/></r>',
    '<a/></a>',
    '<a/><a/>',
    '<a/><b/>',
    '<a></a><b></b>',
    '<a/>x',
    'x<a/>',
    '<a/>&amp;',
    '<a/>\u00a0',
    '\ufeff<a/>',
    '<a></a>\ufeff',
    '<a/><![CDATA[]]>',
    '<![CDATA[]]><a/>',
    '<a b="1" b="2"/>',
    '<a __proto__="1" __proto__="2"/>',
    '<a b="1"c="2"/>',
    '<a b=1/>',
    '<a b/>',
    '<a = b="1"/>',
    '<a b="<"/>',
    '<a b="1/>',
    '</a b="1">',
    '<1/>',
    '<a×/>',
    '< a/>',
    '<a b="&"/>',
    '<a>&</a>',
    '<a>& b;</a>',
    '<a>&#;</a>',
    '<a>&#x;</a>',
    '<a>&lt</a>',
    '<a>&#0;</a>',
    '<a>&#x1F;</a>',
    '<a>&#xD800;</a>',
    '<a>&#xFFFF;</a>',
    '<a>&#x110000;</a>',
    '<a>&#99999999999999999999;</a>',
    '<&#97;/>',
    '<a&#97;></a>',
    '<a b&#61;"1"/>',
    '<a b=&quot;1&quot;/>',
    '<a>\0</a>',
    '<a>\u0001</a>',
    '<a>\u0002</a>',
    '<a>\ud800</a>',
    '<a>\ufffe</a>',
    '<a><!-- -- --></a>',
    '<a><!-- ---></a>',
    '<a><!-- </a>',
    '<a><![CDATA[</a>',
    '<a><? x?></a>',
    '<a><?x </a>',
    ' <?xml version="1.0"?><a/>',
    '<a><?xml version="1.0"?></a>',
    '<a><?XML version="1.0"?></a>',
    '<<!-- -->a/>',
    '<a b="<!-- -->"/>',
    '<a b="<![CDATA[x]]>"/>',
    '<a>&<!-- -->lt;</a>',
    '<a><!DOCTYPE a></a>',
    '<a/><!DOCTYPE a>',
    '<!DOCTYPE a><!DOCTYPE a><a/>',
    '<!DOCTYPE a [<a/>',
    '<a><!ELEMENT a ANY></a>',
    '<a><![INCLUDE[x]]></a>',
    '<!doctype html><html></html>',
    '<html><br></html>',
    '<html>&nbsp</html>',
  ])
    t.throws(() => readXml(xml), Error, JSON.stringify(xml))
})

t.test('nesting is limited', async (t) => {
  const nested = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels)
  t.match(JSON.stringify(readXml(nested(100))), /^({"a":){100}""}{100}$/)
  t.throws(() => readXml(nested(101)), { message: 'is nested more than 100 deep' })
})

t.test('an error has a position, and quotes none of the text', async (t) => {
  for (const [xml, message] of [
    ['<a>\n  <b>secret</c>\n</a>', /^line 2, column \d+: Missing end tag for element b$/],
    ['<a b="secret" b="secret"/>', /^line 1, column \d+: Duplicate attribute: b$/],
  ] as const)
    t.throws(() => readXml(xml), { message })
})

t.test('escaped text is read back unchanged', async () => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what no XML can hold
  const isXml = (text: string) => !/[\0-\u0008\u000b-\u001f\ufffe\uffff\r]/.test(text)
  const texts = fc.string({ unit: 'binary' }).filter(isXml)
  const escaped = (text: string) => text.replace(/[&<>"'\s\u{feff}]/gu, (c) => `&#${c.codePointAt(0)};`)
  const cdata = (text: string) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
  fc.assert(
    fc.property(texts, texts, (text, attribute) => {
      const expected = { r: { '@a': attribute, b: text.trim(), c: text, d: ['x', text.trim()] } }
      const xml = `<r a="${escaped(attribute)}"><b>${escaped(text)}</b><c>${cdata(text)}</c><d>x</d><d>${escaped(text)}</d></r>`
      return JSON.stringify(readXml(xml)) === JSON.stringify(expected)
    }),
  )
})

t.test('any text is converted or rejected', async () => {
  const pieces = [
    '<a>',
    '</a>',
    '<a/>',
    '<',
    '>',
    '&',
    ';',
    '"',
    "'",
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?',
    '?>',
    'x',
    ' ',
    '=',
    '\0',
    '\x01',
    '&#65;',
    '<!DOCTYPE a',
    '[',
    ']',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 30 }), (parts) => {
      try {
        const data = readXml(`<a>${parts.join('')}</a>`) as object
        return Object.keys(data).join() === 'a' && !/\\u00/.test(JSON.stringify(data))
      } catch (error) {
        return error instanceof Error && !(error instanceof TypeError)
      }
    }),
    { numRuns: 2000 },
  )
})

const MIB = 2 ** 20
const filled = (piece: string, before = '<a>', after = '</a>') => before + piece.repeat(MIB / piece.length) + after
const numbered = (piece: (i: number) => string) => Array.from({ length: 70_000 }, (_, i) => piece(i)).join('')

// 2 s of CPU time is ten times what the slowest text takes; quadratic time would be minutes
t.test('1 MB of any text is read or rejected in linear time', async (t) => {
  const hostile: Readonly<Record<string, string>> = {
    'tags never closed': filled('<a>', ''),
    'tags of too many': filled('</a>', ''),
    elements: filled('<b/>'),
    'elements of all names': `<a>${numbered((i) => `<b${i}/>`)}</a>`,
    'nested elements': filled('<b>'.repeat(99) + '</b>'.repeat(99)),
    attributes: `<a ${numbered((i) => `b${i}="" `)}/>`,
    'one attribute': filled('b="" ', '<a ', '/>'),
    'half attributes': filled('a = ', '<a '),
    quotes: filled(`"'`, '<a b='),
    ampersands: filled('&'),
    references: filled('&amp;'),
    entities: filled('&a;'),
    'a name of an entity': filled('a', '<a>&'),
    'CDATA never closed': filled('<![CDATA['),
    'empty CDATA': filled('<![CDATA[]]>'),
    'ampersands in CDATA': filled('&', '<a><![CDATA[', ']]></a>'),
    'comments never closed': filled('<!--'),
    comments: filled('<!---->'),
    instructions: filled('<?x?>'),
    'instructions never closed': filled('<?'),
    'a DOCTYPE': filled('<!ENTITY x "y">', '<!DOCTYPE a [', ']><a/>'),
    'a DOCTYPE never closed': filled('"a" ', '<!DOCTYPE a ['),
    DOCTYPEs: filled('<!DOCTYPE ', ''),
    'spaces in text': filled(' ', '<a>x', 'x</a>'),
    'spaces in a tag': filled(' ', '<a', '/>'),
    'spaces in an attribute': filled(' ', '<a b="', '"/>'),
    'less-than': filled('<', ''),
  }
  for (const [name, xml] of Object.entries(hostile)) {
    const start = cpuMs()
    try {
      readXml(xml)
    } catch {}
    t.ok(cpuMs() - start < 2000, name)
  }
})
