import fc from 'fast-check'
import t from 'tap'
import { formatProblem, parseConfig } from '../../../src/config/load.ts'
import { oneSource } from '../support.ts'

const SECRET = 'hunter2'

/** All messages about a configuration text. */
function messages(text: string, environment: Record<string, string> = {}): string {
  const { problems, warnings } = parseConfig(text, environment)
  return [...problems, ...warnings].map(formatProblem).join('\n')
}

t.test('no message contains a value of url, values, headers, body, proxy, auth or redis', async (t) => {
  const texts = [
    ...[
      SECRET,
      `https://${SECRET}@a/`,
      `https://a/#${SECRET}`,
      `https://${SECRET}:99999/`,
      `https://a/{${SECRET}-x}`,
    ].map((url) => `url: "${url}"`),
    `url: [${SECRET}]`,
    `url: { ${SECRET}: 1 }`,
    `values: ${SECRET}`,
    `values: { x: [[${SECRET}]] }`,
    `values: { x: { y: { z: ${SECRET} } } }`,
    `values: { "${SECRET} ": 1 }`,
    `headers: ${SECRET}`,
    `headers: { a: [${SECRET}] }`,
    `headers: { a: "${SECRET}\\n" }`,
    `headers: { "Bearer ${SECRET}": a }`,
    `headers: { connection: ${SECRET} }`,
    `proxy: ${SECRET}`,
    `proxy: "http://${SECRET}/a"`,
    `proxy: "http://${SECRET}%:${SECRET}%@a"`,
    `proxy: { ${SECRET}: ${SECRET} }`,
    `proxy: [http://${SECRET}]`,
    `body: { a: ${SECRET} }`,
    `body: ${SECRET}, method: POST, url: "x"`,
  ]
  for (const keys of texts) {
    for (const text of [oneSource(keys), oneSource('', keys)]) {
      t.not(messages(text), '', `${keys} is refused`)
      t.notMatch(messages(text), SECRET, keys)
    }
  }
  for (const text of [`redis: { url: ${SECRET} }`, `redis: ${SECRET}`, `server: { auth: { apiKeys: [${SECRET}] } }`]) {
    t.not(messages(text), '')
    t.notMatch(messages(text), SECRET, text)
  }
})

t.test('no message contains a value from the environment, for any key', async (t) => {
  const keys = [
    'timeout',
    'maxBytes',
    'required',
    'method',
    'format',
    'bulkhead',
    'schemas',
    'emptyStatuses',
    'retry',
    'forwardHeaders',
    'hidden',
    'forEach',
    'bind',
  ]
  for (const key of keys) {
    const text = oneSource(`${key}: "\${S}"`)
    t.not(messages(text, { S: SECRET }), '', `${key} is refused`)
    t.notMatch(messages(text, { S: SECRET }), SECRET, key)
  }
  t.notMatch(messages(oneSource('forwardHeaders: ["${S}"]'), { S: `${SECRET} ` }), SECRET)
  t.notMatch(messages(oneSource('url: "${S}"'), { S: SECRET }), SECRET)
  for (const keys of [
    'select: "${S}"',
    'url: "https://a{?x}", bind: { x: { from: b, select: "${S}" } }',
    'method: POST, body: { x: ["${S}"] }',
  ]) {
    for (const S of [`${SECRET}(`, `@ ${SECRET}`, `{${SECRET}}`]) {
      const said = messages(`${oneSource(keys)}  b: { url: "https://b.example/" }`, { S })
      t.notMatch(said, SECRET, `${keys} ${S}`)
    }
  }
})

t.test('messages show values of other keys, cut to a maximum length', async (t) => {
  t.match(messages(oneSource('timeout: soon')), '"soon" is no duration')
  const long = messages(oneSource(`timeout: ${'x'.repeat(500)}`))
  t.ok(long.length < 200, long)
  t.notMatch(messages(oneSource('timeout: "\\e[31m"')), '\u001b', 'control characters do not reach a terminal')
})

t.test('no message contains a secret, in values of any form', async () => {
  const text = fc
    .constantFrom('', 'https://', 'https://a.example/', ' ', '\n', '{', '}', '#', '|')
    .map((before) => `${before}${SECRET}`)
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      text,
      fc.array(tie('tree')),
      fc.dictionary(fc.constantFrom('a', 'x y', 'host'), tie('tree')),
    ),
  }))
  const secret = fc.dictionary(fc.constantFrom('url', 'values', 'headers', 'body'), tree)
  fc.assert(
    fc.property(secret, secret, tree, (source, defaults, redis) => {
      return !messages(
        JSON.stringify({
          sources: { a: source, b: { ...source, method: 'POST' } },
          defaults,
          redis,
          server: { auth: redis },
        }),
      ).includes(SECRET)
    }),
    { numRuns: 500 },
  )
})
