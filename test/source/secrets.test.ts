import fc from 'fast-check'
import t from 'tap'
import { Secrets } from '../../src/source/secrets.ts'

const SECRET = 'p"ss/wörd 1234'
const secrets = new Secrets([SECRET, '123456789'])

t.test('a secret is found wherever it stands in JSON', async (t) => {
  for (const value of [
    SECRET,
    `key ${SECRET} is not valid`,
    { error: [{ message: `x${SECRET}` }] },
    { [SECRET]: 1 },
    { url: `/a?key=${encodeURIComponent(SECRET)}&b` },
    { url: `/a?${new URLSearchParams({ key: SECRET })}` },
    { number: 123456789 },
    { number: 51234567890 },
  ])
    t.equal(secrets.areIn(JSON.stringify(value)), true, JSON.stringify(value))
  t.equal(secrets.areIn('{"a":"\\u0031\\u00323456789"}'), true, 'also where it is escaped')
  for (const value of [null, 1, 'p"ss', { a: ['wörd 1234'] }, {}])
    t.equal(secrets.areIn(JSON.stringify(value)), false, JSON.stringify(value))
  t.equal(new Secrets([]).areIn('"x"'), false)
})

t.test('whatever is around it', async () => {
  const place = fc.letrec((tie) => ({
    value: fc.oneof(
      fc.tuple(fc.string(), fc.string()).map(([a, b]) => a + SECRET + b),
      fc.tuple(fc.array(fc.jsonValue()), tie('value')).map(([before, inner]) => [...before, inner]),
      fc.tuple(fc.string(), tie('value')).map(([name, inner]) => ({ [`m${name}`]: inner })),
      fc.string().map((name) => ({ [name + SECRET]: 1 })),
    ),
  })).value
  fc.assert(fc.property(place, (value) => secrets.areIn(JSON.stringify(value))))
})

t.test('tokens of this moment are found too', async (t) => {
  const tokens: string[] = []
  const live = new Secrets([], () => tokens)
  t.equal(live.areIn('{"a":"tok/1"}'), false)
  t.equal(live.mayShowHeader('tok/1'), true)
  tokens.push('tok/1')
  t.equal(live.areIn('{"a":"x tok/1"}'), true)
  t.equal(live.areIn('{"a":"x tok%2F1"}'), true)
  t.equal(live.mayShowHeader('Bearer tok/1'), false)
})
