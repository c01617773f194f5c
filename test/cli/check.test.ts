import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'

const CHECK = fileURLToPath(new URL('../../src/cli/check.ts', import.meta.url))

function check(args: readonly string[], environment: Record<string, string> = {}) {
  const { TRIBUTARY_CONFIG: _, HOST: _host, PORT: _port, ...inherited } = process.env
  const child = spawnSync(process.execPath, [CHECK, ...args], {
    env: { ...inherited, ...environment },
    encoding: 'utf8',
  })
  return { code: child.status, out: child.stdout, err: child.stderr }
}

function json(args: readonly string[]) {
  const { code, out, err } = check(args)
  return { code, out, err, report: JSON.parse(out) }
}

const GOOD = `
sources:
  weather:
    url: http://weather.example/{city}{?lang,appid}
    params: { city: { type: string }, lang: {} }
    values: { appid: hunter2 }
    timeout: 800ms
    attemptTimeout: 400ms
    required: true
    fallback: {}
  news: { url: "https://news.example/{?top}", bind: { top: { from: feed } } }
  feed: { url: "https://feed.example/", hidden: true }
views:
  home: { sources: { paris: { source: weather, params: { city: Paris } }, news: {} }, deadline: 1500ms }
`

t.test('a good file: a summary, warnings included', async (t) => {
  const file = `${t.testdir({ 'good.yaml': GOOD })}/good.yaml`
  const { code, out, err } = check(['--config', file])
  t.equal(code, 0)
  t.equal(err, '')
  t.equal(
    out,
    `ok: 3 sources, 1 view
  listens on 127.0.0.1:3000, answers within 2s
  source weather: timeout 800ms; attempt timeout 400ms; params city (required), lang; required; with a fallback
  source news: timeout 1s; needs feed
  source feed: timeout 1s; hidden
  view home: deadline 1500ms; paris (weather), news
warning: sources.weather.url (line 4): values travel unencrypted over http to another host; use https
`,
  )
})

t.test('a bad file: all problems on standard error', async (t) => {
  const file = `${t.testdir({ 'bad.yaml': 'server: { port: x }\nsources: { a: { url: "ftp://hunter2/", timout: 1s } }' })}/bad.yaml`
  const { code, out, err } = check(['--config', file])
  t.equal(code, 1)
  t.equal(out, '')
  t.equal(
    err,
    `server.port (line 1): "x" must be a whole number
sources.a.timout (line 2): is an unknown key; did you mean "timeout"?
sources.a.url (line 2): character 1: the URL must begin with https:// or http://
`,
  )
})

t.test('TRIBUTARY_CONFIG names the file if --config is absent', async (t) => {
  const directory = t.testdir({ 'a.yaml': GOOD, 'b.yaml': '' })
  t.equal(check([], { TRIBUTARY_CONFIG: `${directory}/a.yaml` }).code, 0)
  t.equal(check(['--config', `${directory}/a.yaml`], { TRIBUTARY_CONFIG: `${directory}/b.yaml` }).code, 0)
  t.equal(check([], { TRIBUTARY_CONFIG: `${directory}/none.yaml` }).code, 1)
})

t.test('--json: one object for programs, with the same exit codes', async (t) => {
  const directory = t.testdir({
    'good.yaml': GOOD,
    'bad.yaml': 'sources:\n  a: { url: "http://a.example/{x}?hunter2" }',
  })
  const good = json(['--json', '--config', `${directory}/good.yaml`])
  t.same({ code: good.code, err: good.err }, { code: 0, err: '' })
  const weather = {
    id: 'weather',
    timeoutMs: 800,
    attemptTimeoutMs: 400,
    attempts: 2,
    hedged: false,
    rateLimit: null,
    cacheTtlMs: null,
    needs: [],
    itemsOf: null,
    batchSize: null,
    method: 'GET',
    safe: true,
    origins: null,
    balance: null,
    params: [
      { name: 'city', required: true },
      { name: 'lang', required: false },
    ],
    required: true,
    hidden: false,
    fallback: true,
  }
  const plain = {
    timeoutMs: 1000,
    attemptTimeoutMs: null,
    attempts: 2,
    hedged: false,
    rateLimit: null,
    cacheTtlMs: null,
    itemsOf: null,
    batchSize: null,
    method: 'GET',
    safe: true,
    origins: null,
    balance: null,
    params: [],
    required: false,
    hidden: false,
    fallback: false,
  }
  const entries = [
    { key: 'paris', source: 'weather' },
    { key: 'news', source: 'news' },
  ]
  t.strictSame(good.report, {
    ok: true,
    file: `${directory}/good.yaml`,
    problems: [],
    warnings: [
      {
        path: 'sources.weather.url',
        line: 4,
        message: 'values travel unencrypted over http to another host; use https',
      },
    ],
    summary: {
      listen: { host: '127.0.0.1', port: 3000 },
      deadlineMs: 2000,
      sources: [weather, { ...plain, id: 'news', needs: ['feed'] }, { ...plain, id: 'feed', needs: [], hidden: true }],
      views: [{ id: 'home', method: 'GET', path: '/aggregate/home', deadlineMs: 1500, entries, shaped: false }],
    },
  })

  const bad = json(['--config', `${directory}/bad.yaml`, '--json'])
  t.same({ code: bad.code, err: bad.err }, { code: 1, err: '' })
  t.equal(bad.report.problems.length, 1)
  t.match(bad.report.problems[0], { path: 'sources.a.url', line: 2, message: /"x"/ })
  t.strictSame(
    { ...bad.report, problems: [] },
    {
      ok: false,
      file: `${directory}/bad.yaml`,
      problems: [],
      warnings: [],
      summary: null,
    },
  )
  t.notMatch(bad.out, /hunter2/)
})

t.test('--json of a file that cannot be read', async (t) => {
  const { code, report } = json(['--json', '--config', `${t.testdir()}/none.yaml`])
  t.equal(code, 1)
  t.strictSame(
    [report.ok, report.problems.length, report.problems[0].path, report.problems[0].line],
    [false, 1, '', null],
  )
})

t.test('the file may be given without --config', async (t) => {
  const file = `${t.testdir({ 'good.yaml': GOOD })}/good.yaml`
  t.match(check([file]), { code: 0, out: /^ok: 3 sources/, err: '' })
  t.match(check(['none.yaml']), {
    code: 1,
    out: '',
    err: /^there is no file none\.yaml; write the path of a YAML or JSON file\n$/,
  })
})

t.test('--help states the exit codes', async (t) => {
  const { code, out, err } = check(['--help'])
  t.same({ code, err }, { code: 0, err: '' })
  for (const stated of ['0  it can be used', '1  it cannot', '2  wrong usage', '--json'])
    t.ok(out.includes(stated), stated)
})

t.test('wrong usage', async (t) => {
  for (const args of [
    [],
    ['--confg', 'a.yaml'],
    ['a.yaml', 'b.yaml'],
    ['--config'],
    ['--json'],
    ['--json=yes', '--config', 'a.yaml'],
  ]) {
    const { code, out, err } = check(args)
    t.equal(code, 2, args.join(' '))
    t.equal(out, '')
    t.match(err, /(^|\n)usage: npm run check -- FILE/)
  }
})
