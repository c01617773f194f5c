import { existsSync, readFileSync } from 'node:fs'
import t from 'tap'
import { Cancel } from '../../src/core/cancel.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import { bodyReader } from '../../src/source/body-reader.ts'
import type { SourceOptions } from '../../src/source/options.ts'
import { Secrets } from '../../src/source/secrets.ts'
import { WorkerPool } from '../../src/workers/pool.ts'

/** The same bodies by the same rules on the event loop and in a worker thread: to the same bytes, or the same misfit. */

const pool = new WorkerPool()
t.teardown(() => pool.close())

const secrets = new Secrets([])

type Rules = Partial<Pick<SourceOptions, 'format' | 'failWhen' | 'errorDetails' | 'select' | 'schema' | 'validate'>>

/** White space, which changes no JSON and no XML, but makes it large enough for a worker thread. */
const LARGE = { json: ' '.repeat(512 * 1024), xml: ' '.repeat(16 * 1024 + 1), text: '' } as const

async function both(body: Buffer, rules: Rules, padding: string | null = null, charset: string | null = null) {
  const { format = 'json', failWhen = null, errorDetails = null, select = null, schema = null } = rules
  const { validate = schema !== null } = rules
  const options = { id: 'a', format, failWhen, errorDetails, select, schema, validate, isRead: false }
  const small = await bodyReader(options, { workers: { run: () => Promise.reject(new Error('not here')) }, secrets })(
    body,
    new Cancel(),
    charset,
  )
  const large = Buffer.concat([body, Buffer.from(padding ?? LARGE[format])])
  let asked = 0
  const counted: Pick<WorkerPool, 'run'> = {
    run: (work, cancel) => {
      asked += 1
      return pool.run(work, cancel)
    },
  }
  const apart = await bodyReader(options, { workers: counted, secrets })(large, new Cancel(), charset)
  return { here: said(small), apart: said(apart), asked }
}

function said(decoded: object): string {
  if (!('body' in decoded)) return JSON.stringify(decoded)
  return [String(decoded.body).trim(), ...('pointers' in decoded ? [JSON.stringify(decoded.pointers)] : [])].join(' ')
}

const SUITES = new URL('../../../shared/data/', import.meta.url)
const skip = existsSync(SUITES) ? false : 'the public suites are not here'
const suite = (name: string) => JSON.parse(readFileSync(new URL(name, SUITES), 'utf8'))

t.test('every text of the JSON test suite', { skip }, async (t) => {
  const bodies = Object.entries(suite('json-test-suite.json') as Record<string, string>)
  t.ok(bodies.length > 300)
  for (const [name, base64] of bodies) {
    const body = Buffer.from(base64, 'base64')
    if (body.length > 64 * 1024) continue
    const { here, apart, asked } = await both(body, {})
    if (asked !== 1) t.fail(name)
    // what is wrong is elsewhere, or something else, where more stands behind it
    const [expected, got] = [here, apart].map((text) => text.replace(/,"detail":.*/, ''))
    if (got !== expected) t.equal(got, expected, name)
  }
})

interface Given {
  readonly given: unknown
  readonly cases: readonly { readonly expression: string }[]
}

t.test('every expression of the JMESPath test suite', { skip }, async (t) => {
  const groups = Object.values(suite('jmespath-tests.json') as Record<string, readonly Given[]>).flat()
  let count = 0
  for (const { given, cases } of groups) {
    for (const { expression } of cases) {
      const select = compiled(expression)
      if (select === null || select.maxWeight === 0) continue
      count += 1
      const { here, apart, asked } = await both(Buffer.from(JSON.stringify(given)), { select })
      if (asked !== 1 || apart !== here) t.equal(apart, here, expression)
    }
  }
  t.ok(count > 500, String(count))
})

function compiled(expression: string) {
  try {
    return compileExpression(expression)
  } catch {
    return null
  }
}

for (const [name, body, rules] of [
  ['XML', '<a b="1">x<c/></a>', { format: 'xml' }],
  ['XML with an expression', '<a b="1">x<c/></a>', { format: 'xml', select: compileExpression('a.c') }],
  ['what is no XML', '<a><b></a>', { format: 'xml' }],
  ['data that fits its schema', '{"a":1.0}', { schema: { required: ['a'] } }],
  [
    'data that does not',
    '{"a":[{"b":"x"}]}',
    { schema: { properties: { a: { items: { properties: { b: { type: 'number' } } } } } } },
  ],
  ['a selection that does not', '{"a":"x"}', { select: compileExpression('a'), schema: { type: 'number' } }],
  ['data that does not fit and passes', '{"a":1.0}', { schema: { required: ['b'] }, validate: 'warn' }],
  ['data that fits, where others would pass', '{"b":1.0}', { schema: { required: ['b'] }, validate: 'warn' }],
  [
    'a selection that does not fit and passes',
    '{"a":"x"}',
    { select: compileExpression('a'), schema: { type: 'number' }, validate: 'warn' },
  ],
  ['a null that its schema does not allow', 'null', { schema: { type: 'number' } }],
  ['bytes that are no UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}],
  ['an error that is reported', '{"a":[1]}', { failWhen: compileExpression('a') }],
  [
    'what is to be told of it',
    '{"a":{"b":1.0}}',
    { failWhen: compileExpression('a'), errorDetails: compileExpression('{c: a.b}') },
  ],
  [
    'what fails to tell of it',
    '{"a":1}',
    { failWhen: compileExpression('a'), errorDetails: compileExpression('length(a)') },
  ],
  ['none that is', '{"a": [], "b": 1.0}', { failWhen: compileExpression('a') }],
  ['an error in XML', '<a b="1"/>', { format: 'xml', failWhen: compileExpression('a."@b"') }],
  ['an expression for errors that fails', '{"a":1}', { failWhen: compileExpression('length(a)') }],
  ['a byte order mark', '\ufeff{"a": 1}', {}],
  ['a byte order mark, and a selection', '\ufeff{"a": 1}', { select: compileExpression('@') }],
] as [string, string | Buffer, Rules][]) {
  t.test(name, async (t) => {
    const { here, apart, asked } = await both(Buffer.from(body), rules)
    t.equal(asked, 1)
    t.equal(apart, here)
  })
}

t.test('text', async (t) => {
  const text = `say "é"\n${'x'.repeat(300_000)}`
  const { here, apart, asked } = await both(Buffer.from(text.slice(0, 1000)), { format: 'text' }, text.slice(1000))
  t.equal(asked, 1)
  t.equal(here, JSON.stringify(text.slice(0, 1000)))
  t.equal(apart, JSON.stringify(text))
})

t.test('a charset counts in a thread, too', async (t) => {
  const latin1 = (text: string) => Buffer.from(text, 'latin1')
  for (const [format, body, charset, padding] of [
    ['json', latin1('{"a":"caf\xe9"}'), 'latin1', null],
    ['json', latin1('{"a":"caf\xe9"}'), 'klingon', null],
    ['json', latin1('{"a":"caf\xe9"}'), null, null],
    ['xml', latin1('<a>caf\xe9</a>'), 'iso-8859-1', null],
    ['xml', latin1('<a>caf\xe9</a>'), 'klingon', null],
    ['text', latin1('\x80'), 'windows-1252', ' '.repeat(256 * 1024 + 1)],
  ] as const) {
    const { here, apart, asked } = await both(body, { format }, padding, charset)
    t.equal(asked, 1)
    if (format === 'text') t.same([JSON.parse(here), JSON.parse(apart).trim()], ['€', '€'])
    else t.equal(apart, here, `${format} ${charset}`)
    t.equal(here.includes('misfit'), charset === 'klingon' || charset === null, here)
  }
})
