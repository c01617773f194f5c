import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import t from 'tap'
import { curlLine, quoted } from '../../../src/console/browser/shell.js'

/** A real shell reads what is copied; `curl` is a function there that prints its arguments. */
function argumentsOf(line: string, environment: NodeJS.ProcessEnv = {}): readonly string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${line}\n`
  const printed = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: { ...process.env, ...environment } })
  return printed.split('\0').slice(0, -1)
}

const HOSTILE = [
  "it's",
  '$(touch /tmp/owned)',
  '`id`',
  '$HOME',
  '"; id; "',
  "'; id; '",
  '\\',
  "\\'",
  '!!',
  'a\nb',
  '*',
  '~',
  '#x',
  '-o',
  '',
  ' ',
  '&& id',
  '{a,b}',
  'ü😀',
  '%0a',
]

t.test('a quoted text is one argument, and the same', async (t) => {
  t.same(argumentsOf(`curl ${HOSTILE.map(quoted).join(' ')}`), HOSTILE)
  const words = fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1, maxLength: 20 })
  fc.assert(
    fc.property(words, (texts) => {
      // no argument can hold a NUL, and the encoding of half a surrogate pair is not defined
      const args = texts.map((text) => text.replaceAll('\0', '').toWellFormed())
      t.same(argumentsOf(`curl ${args.map(quoted).join(' ')}`), args)
    }),
    { numRuns: 40 },
  )
})

t.test('the line sends what the page sends, with credentials from variables', async (t) => {
  const url = "http://127.0.0.1:3000/aggregate?q=it's&r=$(id)"
  const credentials = [
    { header: 'x-api-key', prefix: '', variable: 'API_KEY', value: 'the-secret' },
    { header: 'authorization', prefix: 'Bearer ', variable: 'TOKEN', value: 'the-token' },
  ]
  const line = curlLine({ url, accept: 'application/x-ndjson', credentials, method: 'GET', body: '' })
  t.notMatch(line, /the-secret|the-token/)
  t.same(argumentsOf(line, { API_KEY: 'k e y$x', TOKEN: 't"o' }), [
    '-N',
    '-H',
    'Accept: application/x-ndjson',
    '-H',
    'x-api-key: k e y$x',
    '-H',
    'authorization: Bearer t"o',
    url,
  ])
  const plain = { method: 'GET', url: 'http://h/a', accept: 'application/json', credentials: [], body: '' }
  t.equal(curlLine(plain), 'curl http://h/a')
  const body = '{"it\'s":"$(id)\\n"}'
  t.same(argumentsOf(curlLine({ ...plain, method: 'POST', body })), [
    '-X',
    'POST',
    '-H',
    'Content-Type: application/json',
    '--data-raw',
    body,
    'http://h/a',
  ])
})
