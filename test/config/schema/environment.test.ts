import t from 'tap'
import { configOf, MINIMAL, oneSource, problemsOf, sourceOf } from '../support.ts'

t.test('fills in string values', async (t) => {
  const { values, template } = sourceOf(
    'url: "https://${HOST_NAME}/v${V:-1}{?a,b,c}", values: { a: "${A}", b: "x${A}y${A}", c: ["${A}"] }',
    { HOST_NAME: 'api.example', A: 'one' },
  )
  t.equal(template.origin, 'https://api.example')
  t.same(template.expand({}), { path: '/v1' })
  t.same(values, { a: 'one', b: 'xoneyone', c: ['one'] })
})

t.test('a default applies to unset and empty variables', async (t) => {
  const fallback = (environment: Record<string, string>) =>
    sourceOf('fallback: "${A:-b c}"', environment).fallback?.value
  t.equal(fallback({}), 'b c')
  t.equal(fallback({ A: '' }), 'b c')
  t.equal(fallback({ A: 'a' }), 'a')
  t.equal(sourceOf('fallback: "${A:-}"').fallback?.value, '')
  t.equal(sourceOf('fallback: "${A}"', { A: '' }).fallback?.value, '', 'set to nothing is set')
})

t.test('$${ is a literal ${', async (t) => {
  t.equal(sourceOf('fallback: "$${A}"').fallback?.value, '${A}')
  t.equal(sourceOf('fallback: "$${A}${A}"', { A: 'x' }).fallback?.value, '${A}x')
})

t.test('references in a filled-in value are not expanded', async (t) => {
  t.equal(sourceOf('fallback: "${A}"', { A: '${B}' }).fallback?.value, '${B}')
})

t.test('converts to the type of the key, in unions too', async (t) => {
  const server = (keys: string, environment: Record<string, string>) =>
    configOf(`server: { ${keys} }\n${MINIMAL}`, environment).server
  t.equal(server('port: "${P}"', { P: '8080' }).port, 8080)
  t.equal(server('serverTiming: "${X:-false}"', {}).serverTiming, false)
  t.equal(server('trustProxy: "${X}"', { X: 'true' }).trustProxy, true)
  t.equal(server('trustProxy: "${X}"', { X: '2' }).trustProxy, 2)
  t.same(server('trustProxy: "${X}"', { X: '10.0.0.0/8' }).trustProxy, ['10.0.0.0/8'])
  t.same(server('trustProxy: "${X}"', { X: '10.0.0.1, ::1' }).trustProxy, ['10.0.0.1', '::1'])
  t.equal(server('drainDelay: "${X}"', { X: '0' }).drainDelayMs, 0)
  t.equal(server('drainDelay: "${X}s"', { X: '3' }).drainDelayMs, 3000)
  t.equal(sourceOf('bulkhead: "${X}"', { X: 'false' }).bulkhead, null)
  t.same(sourceOf('bulkhead: {maxInFlight: "${X}"}', { X: '7' }).bulkhead, {
    maxInFlight: 7,
    maxQueue: Number.POSITIVE_INFINITY,
  })
  t.same(sourceOf('emptyStatuses: ["${X}"]', { X: '404' }).emptyStatuses, [404])
  t.equal(sourceOf('method: "${X}"', { X: 'POST' }).method, 'POST')
})

t.test('a value stays a string if the key accepts strings', async (t) => {
  const url = 'url: "https://a.example{?a}"'
  t.same(sourceOf(`${url}, values: { a: "\${X}" }`, { X: '0123' }).values, { a: '0123' })
  t.same(sourceOf(`${url}, values: { a: "\${X}" }`, { X: 'true' }).values, { a: 'true' })
  t.same(sourceOf('headers: { a: "${X}" }', { X: '1' }).headers, { a: '1' })
  t.equal(sourceOf('fallback: "${X}"', { X: '1' }).fallback?.value, '1')
})

t.test('the same text without a reference stays a type error', async (t) => {
  t.same(problemsOf(`server: { port: "8080", explain: "true" }\n${MINIMAL}`), [
    'server.port (line 1): "8080" must be a whole number; write it without quotes',
    'server.explain (line 1): "true" must be true or false; write it without quotes',
  ])
})

t.test('a value that cannot be converted is not shown', async (t) => {
  const text = `server: { port: "\${X}", explain: "\${X}", maxInFlight: "\${N}", drainDelay: "\${N}", host: "\${S}" }\n${MINIMAL}`
  t.same(problemsOf(text, { X: 'hunter2', N: '-7', S: 'hun ter' }), [
    'server.host (line 1): the value must be a host name or address, without scheme, port or path',
    'server.port (line 1): the value must be a whole number',
    'server.explain (line 1): the value must be true or false',
    'server.maxInFlight (line 1): the value must be at least 1',
    'server.drainDelay (line 1): the value has no unit; write for example 10ms, 2s or 1m',
  ])
  t.same(problemsOf(oneSource('method: "${X}"'), { X: 'FETCH' }), [
    'sources.a.method (line 3): the value must be GET, POST, PUT, PATCH or DELETE',
  ])
  t.same(problemsOf(oneSource('timeout: "${X}", attemptTimeout: 2s'), { X: '1234ms' }), [
    'sources.a.attemptTimeout (line 3): 2s is above timeout, which is what the environment says for "a"; write at most that',
  ])
})

t.test('an unset variable is one error, which names the variable and the key', async (t) => {
  const text = `
server: { port: "\${PORT_X}" }
sources:
  a:
    url: "https://\${API}/{?key,q}"
    values: { key: "\${KEY}" }
`
  t.same(problemsOf(text), [
    'server.port (line 2): the environment variable PORT_X is not set; set it, or write ${PORT_X:-default}',
    'sources.a.url (line 5): the environment variable API is not set; set it, or write ${API:-default}',
    'sources.a.values.key (line 6): the environment variable KEY is not set; set it, or write ${KEY:-default}',
  ])
})

t.test('names of Object.prototype are not set', async (t) => {
  t.match(problemsOf(oneSource('fallback: "${constructor}"')), [/constructor is not set/])
  t.match(problemsOf(oneSource('fallback: "${__proto__}"')), [/__proto__ is not set/])
})

t.test('text that is not a reference', async (t) => {
  for (const text of ['${', '${}', '${1A}', '${A', '${A-B}', '${A:b}', '${ A }']) {
    t.match(
      problemsOf(oneSource(`fallback: "${text}"`), { A: 'x' }),
      [/^sources\.a\.fallback .*reference is \$\{NAME\}/],
      text,
    )
  }
  t.equal(sourceOf('fallback: "$A $ {A} a{b}"').fallback?.value, '$A $ {A} a{b}')
})

t.test('refused in ids, description, params and schema', async (t) => {
  const text = `
sources:
  "\${A}": { url: "https://a.example/" }
  b:
    url: https://b.example/{?q}
    description: "\${A}"
    params: { q: { default: "\${A}" } }
    schema: { title: "\${A}" }
    headers: { "\${A}": x }
    bind: { "\${A}": { from: b }, x: { from: "\${A}" } }
    forEach: { from: "\${A}", as: "\${A}" }
views:
  "\${A}": { sources: [b] }
  v: { description: "\${A}", sources: { c: { source: "\${A}", params: { q: "\${A}" } }, "\${A}": {} } }
  w: { sources: ["\${A}"] }
`
  const problems = problemsOf(text, { A: 'b' })
  t.same(
    problems.map((problem) => problem.replace(/\).*/, ')')),
    [
      'sources["${A}"] (line 3)',
      'sources.b.description (line 6)',
      'sources.b.params.q.default (line 7)',
      'sources.b.schema.title (line 8)',
      'sources.b.headers["${A}"] (line 9)',
      'sources.b.bind["${A}"] (line 10)',
      'sources.b.bind.x.from (line 10)',
      'sources.b.forEach.from (line 11)',
      'sources.b.forEach.as (line 11)',
      'views["${A}"] (line 13)',
      'views.v.description (line 14)',
      'views.v.sources["${A}"] (line 14)',
      'views.v.sources.c.source (line 14)',
      'views.v.sources.c.params.q (line 14)',
      'views.w.sources[0] (line 15)',
    ],
  )
  for (const problem of problems) t.match(problem, /\$\{…\}/)
})

t.test('a value with the name description may contain references', async (t) => {
  const url = 'url: "https://a.example{?description,schema}"'
  const { values } = sourceOf(`${url}, values: { description: "\${A}", schema: "\${A}" }`, { A: 'x' })
  t.same(values, { description: 'x', schema: 'x' })
})

t.test('HOST and PORT take precedence over the file', async (t) => {
  const text = `server: { host: 10.0.0.1, port: 1 }\n${MINIMAL}`
  t.match(configOf(text, { HOST: '0.0.0.0', PORT: '0' }).server, { host: '0.0.0.0', port: 0 })
  t.match(configOf(text, { HOST: '', PORT: '' }).server, { host: '10.0.0.1', port: 1 }, 'empty is unset')
  t.match(configOf(MINIMAL, { PORT: '65535' }).server, { port: 65_535 })
  for (const PORT of ['65536', '-1', 'x', '1.5', ' 1', '0x10']) {
    t.match(problemsOf('sources: 1', { PORT }), [/^PORT: /, /^sources /], 'with all others')
    t.same(
      problemsOf(text, { PORT }),
      ['PORT: must be a whole number from 0 to 65535; correct the environment variable'],
      PORT,
    )
  }
})

t.test('a URL is shown with values from the environment masked', async (t) => {
  const shown = (url: string) => {
    const { shownTemplate } = sourceOf(`url: "${url}"`, { HOST: 'h.example', KEY: 's3cret', PORT_: '8080' })
    const expanded = shownTemplate?.expand({})
    return expanded === undefined || 'problem' in expanded ? null : shownTemplate?.origin + expanded.path
  }
  t.equal(shown('https://a.example/x?key=${KEY}&a=b'), 'https://a.example/x?key=MASKED&a=b')
  t.equal(shown('https://${HOST}/bot${KEY}/x'), 'https://masked/botMASKED/x')
  t.equal(shown('https://a.example:${PORT_}/x'), null)
})
