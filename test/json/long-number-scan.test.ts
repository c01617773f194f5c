import fc from 'fast-check'
import t from 'tap'
import { isLong } from '../../src/json/long-number.ts'
import { longNumbersIn, mayHoldLong } from '../../src/json/long-number-scan.ts'
import { cpuMs } from '../support/cpu-time.ts'

function longIn(json: string): readonly string[] {
  const places = longNumbersIn(Buffer.from(json))
  const bytes = Buffer.from(json)
  return places.flatMap((from, index) => (index % 2 === 0 ? [bytes.toString('latin1', from, places[index + 1])] : []))
}

const LONG = [
  '7615917337495251231',
  '-7615917337495251231',
  '9007199254740993',
  '1e400',
  '-1E+400',
  '1e-400',
  '1e0400',
  '4e-324',
  '2e-324',
  '0.1000000000000000055511151231257827',
  '1.00000000000000000001',
  '123456789012345678901234567890',
  '100000000000000000000000',
  '9007199254740993.0',
  '12345.678901234567890e10',
  `0.${'0'.repeat(400)}1`,
  '9'.repeat(400),
]
const SHORT = [
  '0',
  '-0',
  '1.0',
  '1e2',
  '1E+2',
  '1e300',
  '1e-300',
  '1.10',
  '0.1',
  '9007199254740991',
  '9007199254740992',
  '1732662057000000',
  '100000000000000000000',
  '0.30000000000000004',
  '5e-324',
  '1.7976931348623157e308',
  '1.0000000000000000000000',
  `0.${'0'.repeat(400)}`,
  '0e400',
  '0.000001',
]

t.test('a number is long if a double would change it', async (t) => {
  for (const text of LONG) t.ok(isLong(text), text)
  for (const text of SHORT) t.notOk(isLong(text), text)
})

t.test('long numbers are found wherever they stand, and others are not', async (t) => {
  for (const around of [
    '*',
    '[*]',
    ' [ * ] ',
    '{"a":*}',
    '{"é":"\\"","b": *\n}',
    '[1,*,2]',
    '[[],*]',
    '["x",1.5,\t*,{}]',
  ]) {
    for (let shift = 0; shift < 3; shift += 1) {
      const json = (number: string) => `${' '.repeat(shift)}${around.replace('*', number)}`
      for (const text of LONG) {
        if (!mayHoldLong(Buffer.from(json(text)))) t.fail(`${json(text)} is overlooked`)
        t.strictSame(longIn(json(text)), [text])
      }
      for (const text of SHORT) {
        if (mayHoldLong(Buffer.from(json(text)))) t.fail(`nothing is long in ${json(text)}`)
        t.strictSame(longIn(json(text)), [])
      }
    }
  }
})

t.test('texts that look like long numbers are no numbers', async (t) => {
  for (const text of LONG) {
    t.notOk(mayHoldLong(Buffer.from(JSON.stringify([text, `id ${text}`, `${text}!`]))), text)
    t.strictSame(longIn(JSON.stringify([text, { [text]: `1,${text},2` }, `\\",${text},`])), [])
  }
  t.notOk(mayHoldLong(Buffer.from('["e100","1.e400x","2024-11-26T10:00:00.000000000Z","+491701234567890123"]')))
})

const digits = fc.oneof(fc.stringMatching(/^[1-9]\d{0,30}$/), fc.stringMatching(/^[1-9]\d{14,16}$/))
const number = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(digits, fc.constant('0')),
    fc.option(fc.stringMatching(/^\d{1,25}$/)),
    fc.option(fc.integer({ min: -420, max: 420 })),
  )
  .map(([sign, whole, fraction, power]) => {
    return `${sign}${whole}${fraction === null ? '' : `.${fraction}`}${power === null ? '' : `e${power}`}`
  })
const scalar = fc.oneof(
  number,
  fc.json({ maxDepth: 0 }),
  fc.string().map((text) => JSON.stringify(text)),
)

t.test('the quick look overlooks none of what the close look finds', async () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(scalar, fc.constantFrom('', ' ', '\n '))), (items) => {
      const json = `[${items.map(([text, space]) => text + space).join(',')}]`
      const expected = items.map(([text]) => text).filter((text) => /^[-\d]/.test(text) && isLong(text))
      const found = longIn(json)
      const isOverlooked = expected.length > 0 && !mayHoldLong(Buffer.from(json))
      return !isOverlooked && JSON.stringify(found) === JSON.stringify(expected)
    }),
    { numRuns: 5000 },
  )
})

t.test('whether a number is long is what arithmetic without rounding says', async () => {
  fc.assert(
    fc.property(number, (text) => {
      const double = Number(text)
      if (!Number.isFinite(double)) return isLong(text)
      const isSame = fractionOf(text) === fractionOf(String(double))
      return isLong(text) === !isSame || /^-?\d{16,}$/.test(text)
    }),
    { numRuns: 5000 },
  )
})

/** The number times 10^1000. */
function fractionOf(text: string): bigint {
  const [mantissa = '', power = '0'] = text.split(/e/)
  const [whole = '', fraction = ''] = mantissa.split('.')
  return BigInt(whole + fraction) * 10n ** BigInt(1000 + Number(power) - fraction.length)
}

t.test('whatever a body is made of, looking takes a time in proportion to it', async (t) => {
  const size = 4 * 2 ** 20
  for (const piece of [
    '7',
    '1e400',
    'e',
    'e+',
    '1e4001',
    '7615917337495251231 ',
    '0.',
    '-',
    '[',
    '"',
    '"7',
    '1e400,',
    ' ',
  ])
    for (const json of [piece.repeat(size / piece.length), `"${piece.repeat(size / piece.length)}"`]) {
      const startedAt = cpuMs()
      mayHoldLong(Buffer.from(json))
      t.ok(cpuMs() - startedAt < 5000, `4 MB of ${piece}`)
    }
})
