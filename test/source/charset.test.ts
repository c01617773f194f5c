import fc from 'fast-check'
import t from 'tap'
import { inUtf8 } from '../../src/source/charset.ts'
import { FORMATS, type Format } from '../../src/source/formats.ts'

const read = (bytes: Buffer, format: Format, charset: string | null) =>
  FORMATS[format](inUtf8(bytes, format, charset)).value

t.test('every text is read in the charset that it was written in', async () => {
  const text = fc.string({ unit: 'grapheme' }).filter((one) => !one.startsWith('\ufeff'))
  fc.assert(
    fc.property(text, (x) => {
      const written = Buffer.from(x, 'utf16le')
      const json = Buffer.from(JSON.stringify(x), 'utf16le')
      return (
        read(written, 'text', 'utf-16le') === x &&
        read(Buffer.from(written).swap16(), 'text', 'utf-16be') === x &&
        read(json, 'json', 'utf-16') === x
      )
    }),
  )
  // the label stands for windows-1252, which differs in these 32; a mark would count more than the label
  const latin1 = fc.uint8Array().map((bytes) => Buffer.from(bytes.filter((byte) => byte < 0x80 || byte > 0x9f)))
  const unmarked = latin1.filter(([first = 0]) => ![0xef, 0xfe, 0xff].includes(first))
  fc.assert(fc.property(unmarked, (bytes) => read(bytes, 'text', 'latin1') === bytes.toString('latin1')))
})

t.test('what is UTF-8 keeps its bytes', async (t) => {
  for (const body of ['{"a":"ü"}', '\ufeff{}', '']) {
    const bytes = Buffer.from(body)
    for (const charset of [null, 'utf-8', 'UTF8', 'latin1', 'klingon']) t.equal(inUtf8(bytes, 'json', charset), bytes)
  }
  const text = Buffer.from('ü')
  t.equal(inUtf8(text, 'text', 'utf-8'), text)
})

t.test('what cannot be decoded says why, and quotes nothing', async (t) => {
  const latin1 = Buffer.from('caf\xe9', 'latin1')
  t.throws(() => inUtf8(latin1, 'text', 'klingon'), { message: 'the charset in its Content-Type is unknown' })
  // labels of encodings that browsers refuse, because they hide scripts
  for (const label of ['iso-2022-kr', 'hz-gb-2312', 'utf-7', 'replacement'])
    t.throws(() => inUtf8(latin1, 'xml', label), { message: /is unknown$/ }, label)
  t.throws(() => inUtf8(latin1, 'text', 'sjis'), {
    message: 'it is not valid in shift_jis, the charset in its Content-Type',
  })
})
