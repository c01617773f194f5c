import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { formatProblem, loadConfig, parseConfig } from '../../src/config/load.ts'
import { MINIMAL } from './support.ts'

t.test('reads a file, YAML or JSON', async (t) => {
  const directory = t.testdir({ 'a.yaml': MINIMAL, 'a.json': '{"sources":{"a":{"url":"https://a.example/"}}}' })
  for (const name of ['a.yaml', 'a.json']) {
    const { config, problems } = await loadConfig(`${directory}/${name}`, { PORT: '1' })
    t.same(problems, [])
    t.equal(config?.server.port, 1)
    t.ok(config?.sources.has('a'))
  }
})

t.test('for a file that cannot be used, a sentence says why and what to write', async (t) => {
  const utf16 = Buffer.from('\ufeffsources: {}', 'utf16le')
  const folder = t.testdir({ directory: {} })
  const files: readonly (readonly [string, Buffer | null, string])[] = [
    ['none.yaml', null, 'there is no file FILE; write the path of a YAML or JSON file'],
    ['directory', null, 'FILE is a directory; write the path of the file in it'],
    ['utf16.yaml', utf16, 'the file FILE is text in UTF-16; save it as UTF-8'],
    ['utf16be.yaml', Buffer.from(utf16).swap16(), 'the file FILE is text in UTF-16; save it as UTF-8'],
    ['utf16-without-mark.yaml', utf16.subarray(2), 'the file FILE is text in UTF-16; save it as UTF-8'],
    [
      'latin1.yaml',
      Buffer.from('# Köln\nsources: {}', 'latin1'),
      'the file FILE is not text in UTF-8; save it as UTF-8',
    ],
    [
      'picture.png',
      Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'),
      'the file FILE is no text; a configuration is YAML or JSON',
    ],
    [
      'empty.yaml',
      Buffer.of(),
      'the file is empty; a configuration needs sources, as in sources: { weather: { url: … } }',
    ],
  ]
  for (const [name, bytes, message] of files) {
    const file = join(folder, name)
    if (bytes !== null) await writeFile(file, bytes)
    t.same(await loadConfig(file, {}), {
      config: null,
      warnings: [],
      files: [],
      problems: [{ path: '', line: null, message: message.replace('FILE', file) }],
    })
  }
})

t.test('comments in JSON are reported once; YAML may have comments', async (t) => {
  const said = 'JSON holds no comments; leave them out, or write YAML, whose comments begin with #'
  for (const [text, line] of [
    ['{\n  // the sources\n  "sources": {}\n}', 2],
    ['// first\n{ "sources": {} }', 1],
    ['{ "sources": {}, // trailing\n "views": {} }', 1],
    ['{\n/* block\n */ "sources": {} }', 2],
  ] as const)
    t.same(parseConfig(text, {}).problems, [{ path: '', line, message: said }], text)
  t.same(parseConfig('{ "sources": { "a": { "url": "https://a.example/b//c" } } }', {}).problems, [])
  t.same(parseConfig('# YAML\nsources: { a: { url: "https://a.example/b//c" } } # ok', {}).problems, [])
})

t.test('problems have path, line and message', async (t) => {
  const { problems } = parseConfig(`${MINIMAL}\nviews:\n  home:\n    sources:\n      - a\n      - b c\n`, {})
  t.match(problems, [{ path: 'views.home.sources[1]', line: 6, message: /^"b c" must be an id/ }])
})

t.test('formatProblem', async (t) => {
  t.equal(formatProblem({ path: 'a.b', line: 12, message: 'is wrong' }), 'a.b (line 12): is wrong')
  t.equal(formatProblem({ path: 'PORT', line: null, message: 'is wrong' }), 'PORT: is wrong')
  t.equal(formatProblem({ path: '', line: 3, message: 'is wrong' }), '(line 3): is wrong')
  t.equal(formatProblem({ path: '', line: null, message: 'is wrong' }), 'is wrong')
})

t.test('any input gives a configuration or problems; nothing is thrown', async () => {
  const keys =
    `sources views server deadline defaults a b url params values headers forwardHeaders timeout attemptTimeout
    connectTimeout bulkhead maxInFlight idempotent retry attempts baseDelay maxDelay budget ratio breaker slowAfter slowRate
    hedge after maxExtraLoad rateLimit max per cache ttl redirects denyPrivateAddresses deadlineHeader fallback required emptyStatuses schema validate hidden description port trustProxy default max
    bind forEach from as select limit concurrency method format body shape
    type $ref $id $schema pattern enum properties items __proto__ constructor source`.split(/\s+/)
  const scalar = fc.constantFrom(
    ...[
      'a',
      'b',
      '1s',
      '0',
      'https://a.example/{a}{?b}',
      'http://b/',
      '{a}',
      'length(a)',
      'POST',
      'xml',
      '${A}',
      '${B:-1}',
      '${',
      '#',
      'object',
      '(',
      '\ud800',
      '\0',
      '',
    ],
    ...[0, 1, -1, 404, 1e300, true, false, null],
  )
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof({ maxDepth: 6 }, scalar, tie('map'), tie('map'), fc.array(tie('tree'), { maxLength: 3 })),
    map: fc.dictionary(fc.constantFrom(...keys), tie('tree'), { maxKeys: 6 }),
  }))
  const source = fc.dictionary(fc.constantFrom(...keys), tree, { maxKeys: 8 })
  const sources = fc.record({
    a: fc.oneof(
      source,
      source.map((keys) => ({ ...keys, url: 'https://a.example/{a}{?b}' })),
    ),
    b: fc.oneof(
      source,
      source.map((keys) => ({ ...keys, bind: { a: { from: 'a' } }, forEach: { from: 'b', as: 'b', ...keys } })),
    ),
  })
  const config = fc.record(
    { sources, defaults: source, views: tree, server: tree, deadline: tree },
    { requiredKeys: ['sources'] },
  )
  fc.assert(
    fc.property(fc.oneof(config, tree), (written) => {
      const { config, problems } = parseConfig(JSON.stringify(written), { A: '1' })
      return (config === null) === problems.length > 0 && problems.every(({ message }) => message.length < 2000)
    }),
    { numRuns: 2000 },
  )
})

t.test('no text makes it throw', async () => {
  const piece = fc.constantFrom(
    'sources',
    ':',
    ' ',
    '\n',
    '  ',
    'a',
    '{',
    '}',
    '[',
    ']',
    '"',
    "'",
    '&x',
    '*x',
    '-',
    '|',
    '>',
    '!t',
    '#',
    '%',
    '\t',
    '<<',
    '?',
    ',',
  )
  fc.assert(
    fc.property(fc.string({ unit: piece, maxLength: 40 }), (text) => parseConfig(text, {}).problems.length > 0),
    { numRuns: 2000 },
  )
})
