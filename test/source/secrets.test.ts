import fc from 'fast-check'
import t from 'tap'
import { Secrets } from '../../src/source/secrets.ts'
import { cpuMs } from '../support/cpu-time.ts'

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

t.test('a secret is found in the forms in which services repeat what they were sent', async (t) => {
  const token = 'Secret/Token+of=a&b <c>'
  const found = new Secrets([], () => [token])
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const json = JSON.stringify({ token })
  const forms = {
    capitals: token.toUpperCase(),
    'a URL with small letters': encodeURIComponent(token).replace(/%../g, (code) => code.toLowerCase()),
    'a URL within a URL': encodeURIComponent(encodeURIComponent(token)),
    'a form': `${new URLSearchParams({ token })}`,
    base64: base64(token),
    'base64 with more before': base64(`Bearer ${token} 1`),
    'base64 with a little before': base64(`x${token}`),
    base64url: Buffer.from(`xx${token}`).toString('base64url'),
    hex: Buffer.from(token).toString('hex'),
    'JSON in a text': json,
    'JSON in a text, as PHP writes it': json.replaceAll('/', '\\/'),
    'JSON in a text, as Go writes it': json.replaceAll('&', '\\u0026').replaceAll('<', '\\u003c'),
    HTML: token.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('/', '&#x2F;').replaceAll('=', '&#61;'),
    'text in UTF-16': Buffer.from(token, 'utf16le').toString(),
  }
  for (const [name, form] of Object.entries(forms)) {
    t.equal(found.areIn(JSON.stringify({ error: `before ${form} after` })), true, name)
    if (!form.includes('\0')) t.equal(found.mayShowHeader(form), false, name)
  }
  t.equal(found.areIn(JSON.stringify(token.match(/.{1,5}/g))), true, 'in parts')
  for (const harmless of ['&#xffffff; %ff \\ud800 %', base64('another text of that length'), 'Secret/Token'])
    t.equal(found.areIn(JSON.stringify([harmless])), false, harmless)
})

t.test('a secret that was cut off is found at the end of a text', async (t) => {
  const found = new Secrets(['s3cret-of-the-source'])
  t.equal(found.areInStart('key: s3cret-of-'), true)
  t.equal(found.areInStart('key: s3cret-of-the-source.'), true)
  t.equal(found.areInStart('s3cret-of s3cret-of-the-'), true, 'the second one')
  t.equal(found.areInStart('key: s3cret'), false)
  t.equal(found.areInStart('key: s3cret-of-another'), false)
})

t.test('many tokens and many short texts cost little', async (t) => {
  const long = Array.from({ length: 40 }, (_, at) => `${at}`.padEnd(16_000, 'aB3_-'))
  // tokens often begin alike
  const short = Array.from({ length: 1000 }, (_, at) => `eyJhbGciOiJSUzI1NiJ9.${at}.${at * 7919}`)
  const found = new Secrets([], () => [...long, ...short])
  const jsons = [Array.from({ length: 1000 }, String), 'eyJhbGci'.repeat(500)].map((value) => JSON.stringify(value))
  for (const json of jsons) t.equal(found.areIn(json), false)
  const startedAt = cpuMs()
  for (let times = 0; times < 10; times += 1) for (const json of jsons) found.areIn(json)
  // each took seconds when each text was looked at apart, for each token
  t.ok(cpuMs() - startedAt < 2000)
  t.equal(found.areIn(JSON.stringify(['x', `y${short.at(-1)}`])), true)
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
