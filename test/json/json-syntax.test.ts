import { isUtf8 } from 'node:buffer'
import { existsSync, readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { syntaxErrorAt } from '../../src/json/json-syntax.ts'

const at = (text: string) => syntaxErrorAt(Buffer.from(text))

/** The judge: what every JSON of the service was read by until now. */
function parses(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

t.test('the first byte that is wrong is found', async (t) => {
  for (const [text, place] of [
    ['', 0],
    [' ', 1],
    ['nul', 3],
    ['nulL', 3],
    ['[1,]', 3],
    ['[,1]', 1],
    ['[1 2]', 3],
    ['[1}', 2],
    ['{"a":1]', 6],
    ['{"a" 1}', 5],
    ['{"a":}', 5],
    ['{"a":1,}', 7],
    ['{a:1}', 1],
    ['{1:1}', 1],
    ['{}}', 2],
    ['1 1', 2],
    ['01', 1],
    ['-', 1],
    ['-a', 1],
    ['1.', 2],
    ['.5', 0],
    ['+1', 0],
    ['1.e1', 2],
    ['1e', 2],
    ['1e+', 3],
    ['"a', 2],
    ['"\n"', 1],
    ['"\\x"', 2],
    ['"\\u12g4"', 5],
    ['"\\u12', 5],
    ['[\u00a0]', 1],
    ['["é",é]', 6],
  ] as const)
    t.equal(at(text), place, text)
})

t.test('JSON has none, of any depth', async (t) => {
  for (const text of [' [ ] ', '{"":{}}', '-0.5E-7', '"\\ud800\\/"', '\t\r\n[true,false,null]', '[[],[{}],{"a":[]}]'])
    t.equal(at(text), null, text)
  t.equal(at('['.repeat(1e6) + ']'.repeat(1e6)), null)
  t.equal(at(`${'{"a":'.repeat(1e5)}[]${'}'.repeat(1e5)}`), null)
  t.equal(at('['.repeat(1e6)), 1e6)
})

const SUITE = new URL('../../../shared/data/json-test-suite.json', import.meta.url)

t.test(
  'the public suite is judged as JSON.parse judges it',
  { skip: existsSync(SUITE) ? false : 'it is not here' },
  async (t) => {
    const suite: Record<string, string> = JSON.parse(readFileSync(SUITE, 'utf8'))
    const bodies = Object.entries(suite).map(([name, base64]) => ({ name, bytes: Buffer.from(base64, 'base64') }))
    const inUtf8 = bodies.filter(({ bytes }) => isUtf8(bytes))
    t.ok(inUtf8.length > 300)
    for (const { name, bytes } of inUtf8) {
      const isRight = syntaxErrorAt(bytes) === null
      if (isRight !== parses(bytes.toString())) t.fail(name)
      if (name.startsWith(isRight ? 'n_' : 'y_')) t.fail(name)
    }
  },
)

t.test('any text is judged as JSON.parse judges it', async () => {
  const piece = fc.constantFrom(
    ...'[]{},:"\\ \n-+.0123456789eEtruefalsn/u',
    'true',
    'null',
    '"a"',
    '{"a":1}',
    '1.5e3',
    'é',
  )
  const text = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
    damaged(),
  )
  fc.assert(
    fc.property(text, (json) => (at(json) === null) === parses(json)),
    { numRuns: 20_000 },
  )
})

t.test('all that stands before the place is right', async () => {
  fc.assert(
    fc.property(damaged(), (json) => {
      const bytes = Buffer.from(json)
      const place = syntaxErrorAt(bytes)
      if (place === null) return true
      // it is JSON, or only ends too early
      const before = syntaxErrorAt(bytes.subarray(0, place))
      return before === null || before === place
    }),
    { numRuns: 5000 },
  )
})

/** JSON in which a character was replaced, put in or taken out. */
function damaged() {
  return fc
    .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '"', '}', ']', '[', '{', ':', '0', '\\', ' '), fc.nat(1))
    .map(([json, place, put, taken]) => {
      const from = place % (json.length + 1)
      return json.slice(0, from) + put + json.slice(from + taken)
    })
}
