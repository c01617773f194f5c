import fc from 'fast-check'
import t from 'tap'
import { ACCEPT, checkJson, FORMATS, FormatError, type ReadFormat } from '../../src/source/formats.ts'

const BOM = '\ufeff'
const latin1 = (text: string) => Buffer.from(text, 'latin1')
const utf16 = (text: string) => Buffer.from(text, 'utf16le')
const { json, text, xml } = FORMATS

/** The error of invalid bytes; null if they are valid. */
function wrong(read: ReadFormat | typeof checkJson, bytes: Buffer): string | null {
  try {
    read(bytes)
    return null
  } catch (error) {
    if (error instanceof FormatError) return error.message
    throw error
  }
}

t.test('JSON keeps its bytes, except a byte order mark', async (t) => {
  const odd = ' {\r\n"z":9007199254740993, "a":1.10, "s":"\\ud800\\u0000\u2028", "10":-0 }\n'
  for (const body of [odd, 'null', '0', '""', '[]']) {
    const bytes = Buffer.from(body)
    t.equal(json(bytes).json, bytes, 'not even copied')
    t.strictSame(json(bytes).value, JSON.parse(body))
    t.strictSame(json(Buffer.from(BOM + body)), { value: JSON.parse(body), json: bytes })
  }
})

t.test('text that is not JSON in UTF-8 is rejected', async (t) => {
  for (const body of [
    '',
    BOM,
    BOM + BOM,
    `${BOM}${BOM}1`,
    ' ',
    '{"ok": tru',
    '{}{}',
    '<!doctype html>',
    '01',
    'NaN',
    "'a'",
  ])
    t.equal(typeof wrong(json, Buffer.from(body)), 'string', body)
  for (const bytes of [latin1('"caf\xe9"'), utf16('{}'), utf16(`${BOM}{}`), utf16(`${BOM}{}`).swap16()])
    t.equal(typeof wrong(json, bytes), 'string', bytes.toString('hex'))
})

t.test('JSON of any depth is read, and its keys change no prototype', async (t) => {
  const bytes = Buffer.from('['.repeat(1e6) + ']'.repeat(1e6))
  t.equal(json(bytes).json, bytes)
  const keys = Buffer.from('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}')
  t.equal(JSON.stringify(json(keys).value), keys.toString())
  t.equal(({} as { polluted?: unknown }).polluted, undefined)
})

t.test('every JSON keeps its bytes and its value', async () => {
  fc.assert(
    fc.property(fc.json(), fc.boolean(), (body, hasMark) => {
      const read = json(Buffer.from((hasMark ? BOM : '') + body))
      return read.json?.toString() === body && JSON.stringify(read.value) === JSON.stringify(JSON.parse(body))
    }),
  )
})

t.test('text is a string, also if it is empty', async (t) => {
  for (const [body, value] of [
    ['', ''],
    [BOM, ''],
    [BOM + BOM, BOM],
    [`${BOM}Sunny, 21\u00a0°C\r\n`, 'Sunny, 21\u00a0°C\r\n'],
    ['{"a":1}', '{"a":1}'],
    ['\0', '\0'],
  ] as const)
    t.strictSame(text(Buffer.from(body)), { value, json: null })
  for (const bytes of [latin1('caf\xe9'), utf16(`${BOM}a`), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from([0xc0, 0x80])])
    t.match(wrong(text, bytes), /^it is not UTF-8 from byte \d+$/, bytes.toString('hex'))
})

t.test('every text is read back unchanged', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (body) => {
      return text(Buffer.from(BOM + body)).value === body
    }),
  )
})

t.test('XML is read in the encoding that it declares', async (t) => {
  const declared = (encoding: string, quote = '"') => `<?xml version='1.0' encoding=${quote}${encoding}${quote} ?>`
  const element = '<a>café</a>'
  for (const bytes of [
    Buffer.from(element),
    Buffer.from(BOM + element),
    Buffer.from(declared('UTF-8') + element),
    Buffer.from(declared('utf8', "'") + element),
    latin1(declared('ISO-8859-1') + element),
    latin1(declared('iso-8859-15', "'") + element),
    latin1(`<?xml version="1.0"\n\tencoding = "windows-1252"?>${element}`),
    Buffer.from(BOM + declared('ISO-8859-1') + element),
    utf16(BOM + element),
    utf16(BOM + declared('UTF-16') + element),
    utf16(BOM + declared('UTF-8') + element),
    utf16(BOM + declared('UTF-16') + element).swap16(),
  ])
    t.strictSame(xml(bytes), { value: { a: 'café' }, json: null }, JSON.stringify(bytes.toString('latin1')))
  const euro = Buffer.concat([latin1(`${declared('windows-1252')}<a>`), Buffer.from([0x80]), latin1('</a>')])
  t.same(xml(euro).value, { a: '€' })
  const cyrillic = Buffer.concat([latin1(`${declared('koi8-r')}<a>`), Buffer.from([0xc4, 0xc1]), latin1('</a>')])
  t.same(xml(cyrillic).value, { a: 'да' })
  t.same(xml(Buffer.from(`<a b=' encoding="utf-16"'>é</a>`)).value, {
    a: { '@b': ' encoding="utf-16"', '#text': 'é' },
  })
})

t.test('text that is not XML in its encoding is rejected', async (t) => {
  for (const bytes of [
    Buffer.from(''),
    Buffer.from(BOM),
    Buffer.from('{"a":1}'),
    Buffer.from('<a>'),
    Buffer.from(`${BOM}${BOM}<a/>`),
    latin1('<a>caf\xe9</a>'),
    latin1('<?xml version="1.0" encoding="UTF-8"?><a>caf\xe9</a>'),
    Buffer.from('<?xml version="1.0" encoding="UTF-16"?><a/>'),
    Buffer.from('<?xml version="1.0" encoding="x-nonsense"?><a/>'),
    Buffer.from('<?xml version="1.0" encoding="utf-7"?><a/>'),
    Buffer.from('<?xml version="1.0" encoding="iso-2022-kr"?><a/>'),
    utf16('<a/>'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from([0xff, 0xfe, 0x3c]),
    Buffer.from([0xfe, 0xff, 0xd8, 0x00]),
  ])
    t.equal(typeof wrong(xml, bytes), 'string', JSON.stringify(bytes.toString('latin1')))
})

t.test('checkJson accepts the same JSON as the parser', async (t) => {
  for (const body of [' {"a":[1,{}]}\n', `${BOM}null`, BOM, '', '{"a":1,}', '"\ud800"', '\ufeff\ufeff1', '[1]x']) {
    const bytes = Buffer.from(body)
    t.equal(wrong(checkJson, bytes), wrong(json, bytes), JSON.stringify(body))
    if (wrong(json, bytes) === null) t.strictSame(checkJson(bytes), json(bytes).json)
  }
  const bytes = Buffer.from('[1]')
  t.equal(checkJson(bytes), bytes, 'not even copied')
  t.equal(wrong(checkJson, latin1('["a", "\xe9"]')), 'it is not UTF-8 from byte 7')
})

t.test('every format has an Accept header', async (t) => {
  t.strictSame(Object.keys(ACCEPT), Object.keys(FORMATS))
  t.equal(ACCEPT.json, 'application/json')
})
