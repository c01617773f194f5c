import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { readXml } from '../../src/source/xml.ts'
import { startProcess } from '../support/service-process.ts'
import { buildDemo } from './examples.ts'
import { blocksOf, codesIn, codesOf, DOCS, PAGES, pageOf, proseOf, ROOT, readRoot, tableOf } from './markdown.ts'

/** The scripts, files, sections and environment variables that the docs mention exist. */

const TEXTS = [...PAGES, ...['CONTRIBUTING.md', 'CHANGELOG.md', 'bench/README.md'].map(pageOf)]
const { scripts } = JSON.parse(readRoot('package.json')) as { scripts: Readonly<Record<string, string>> }

/** `npm test` and `npm start` need no "run". */
function scriptsIn(text: string): readonly string[] {
  return [...text.matchAll(/npm (?:run (?:--silent )?([\w:]+)|(start|test))/g)].map(
    ([, run, short]) => run ?? short ?? '',
  )
}

t.test('the scripts named are there, and all of them are described', async (t) => {
  for (const { name, text } of TEXTS) {
    for (const script of new Set(scriptsIn(text))) t.ok(script in scripts, `${name}: npm run ${script}`)
  }
  const described = codesOf(tableOf(readRoot('CONTRIBUTING.md'), 'script')).flatMap(scriptsIn)
  const all = Object.keys(scripts).filter((name) => !/^(pre|post)/.test(name))
  t.strictSame(
    all.filter((name) => !described.includes(name)),
    [],
  )
  t.ok(all.length >= 9)
})

t.test('the commands are of a kind that is tested, or plain', async (t) => {
  const known = [
    /^npm (ci|start|test|run (--silent )?\w+)( -- --config (first|my|sturdy|composed|errors|shop|batched|tokens)\.yaml)?$/,
    /^npm run bench( -- (compare --quick|profile|deadline large|promises))?$/,
    /^UPSTREAM_PORT=4100 npm run bench -- compare --server 'krakend=\S+'$/,
    // test/openapi and .ci/run run equivalent commands
    /^npm run --silent openapi -- --config my\.yaml > my-openapi\.yaml$/,
    /^npx openapi-typescript my-openapi\.yaml -o api\.d\.ts$/,
    /^npm (ci --prefix examples\/frontend|run --prefix examples\/frontend dev)$/,
    // test/presets runs them
    /^([A-Z]+_KEY=… )+npm start -- --config config\/(news|weather)\.yaml$/,
    /^node (upstreams|errors)\.mjs$/,
    // test/image runs equivalent commands: the tests have no Docker engine
    /^docker (build -t tributary \.|run --rm (-\S+ \S+ )*(--stop-timeout 15 )?tributary( node src\/cli\/check\.ts --config \/config\.yaml)?)$/,
    /^node_modules\/\.bin\/node src\/main\.ts --config my\.yaml( --watch)?$/,
    // test/routes/simulate.test.ts makes such requests
    /^curl 'http:\/\/127\.0\.0\.1:3000\/aggregate\/account\?user=1&simulate=[^']+'$/,
    // test/docs/operations.test.ts makes this request
    /^curl -i -X OPTIONS \S+ \\$/,
    /^ {2}-H 'Origin: \S+' -H 'Access-Control-Request-Method: GET'$/,
  ]
  for (const page of TEXTS) {
    for (const { lang, info, text: commands, place } of blocksOf(page)) {
      if (lang !== 'sh' || info !== '') continue
      for (const command of commands.split('\n')) {
        const [, file] = /^npm test -- (\S+) --disable-coverage( --only)?$/.exec(command) ?? []
        const fits = file === undefined ? known.some((form) => form.test(command)) : existsSync(join(ROOT, file))
        t.ok(fits, `${place}: ${command}`)
      }
    }
  }
})

t.test('links lead somewhere', async (t) => {
  for (const { name, text } of TEXTS) {
    const targets = [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target)
    for (const target of new Set(targets.filter((target) => !target.startsWith('https:')))) {
      const [file = '', anchor] = target.split('#')
      const to = file === '' ? name : join(dirname(name), file)
      t.ok(existsSync(join(ROOT, to)), `${name}: ${target}`)
      if (anchor && existsSync(join(ROOT, to))) t.ok(anchorsOf(readRoot(to)).includes(anchor), `${name}: ${target}`)
    }
  }
})

t.test('README.md leads to every page, and every picture is well-formed', async (t) => {
  const pages = PAGES.filter(({ name }) => name.startsWith('docs/'))
  t.equal(pages.length, 16)
  const linked = tableOf(readRoot('README.md'), 'page').rows.map(([cell = '']) => /\((.*)\)/.exec(cell)?.[1] ?? '')
  t.strictSame(linked.toSorted(), pages.map(({ name }) => name).toSorted())
  for (const picture of globSync('docs/*.svg', { cwd: ROOT })) {
    t.doesNotThrow(() => readXml(readRoot(picture)), picture)
    // by README.md, or by a page beside it
    t.ok(DOCS.includes(`](${picture})`) || DOCS.includes(`](${picture.replace('docs/', '')})`), `${picture} is shown`)
  }
})

t.test('no two headings of a page have the same anchor', async (t) => {
  for (const { name, text } of PAGES) {
    const anchors = anchorsOf(text)
    t.equal(new Set(anchors).size, anchors.length, name)
  }
})

t.test('the benchmark has the cases that are described', async (t) => {
  const [, cases = ''] = /const CASES[^=]*= \{([^}]*)\}/.exec(readRoot('bench/run.ts').replaceAll('=>', '')) ?? []
  const names = [...cases.matchAll(/^ {2}'?([\w-]+)/gm)].map(([, name = '']) => name)
  t.ok(names.length >= 6)
  t.strictSame(codesOf(tableOf(DOCS, 'case')).toSorted(), names.toSorted())
})

/** The anchors that GitHub generates for headings. */
function anchorsOf(markdown: string): readonly string[] {
  const headings = [...proseOf(markdown).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  )
}

t.test('the files and folders named are there', async (t) => {
  for (const { name, text } of TEXTS) {
    const paths = codesIn(proseOf(text)).filter((code) =>
      /^(src|test|routes|config|bench|docs|deploy|examples|\.ci)\/[\w./*-]*$|^[\w.-]+\.(md|json)$/.test(code),
    )
    for (const path of new Set(paths)) t.ok(globSync(path, { cwd: ROOT }).length > 0, `${name}: ${path}`)
  }
})

t.test('the house is drawn as it stands', async (t) => {
  const [house] = blocksOf(pageOf('CONTRIBUTING.md')).filter(({ text }) => text.includes('routes/  '))
  const drawn: string[] = []
  // the parent folders of a line: the lines above it that are less indented
  const around = ['']
  for (const line of house?.text.split('\n') ?? []) {
    const [, indent = '', names = ''] = /^( *)([^\s,]+(?:, [^\s,]+)*)(?: |$)/.exec(line) ?? []
    const depth = indent.length / 2
    for (const entry of names.split(', ')) drawn.push((around[depth] ?? '?') + entry)
    around[depth + 1] = drawn.at(-1) ?? ''
  }
  t.ok(drawn.length > 20)
  for (const entry of drawn) t.ok(existsSync(join(ROOT, entry)), entry)
  const folders = globSync('src/*/', { cwd: ROOT }).map((path) => `${path.replace(/\/$/, '')}/`)
  t.ok(folders.length >= 6)
  for (const folder of folders) t.ok(drawn.includes(folder), `${folder} is drawn`)
  const files = globSync(['src/*.ts', 'src/policies/*/'], { cwd: ROOT })
  const missing = files.filter((file) => !drawn.some((entry) => entry.replace(/\/$/, '') === file.replace(/\/$/, '')))
  t.same(missing, [])
})

t.test('environment variables: all of them, with their defaults', async (t) => {
  const { rows } = tableOf(DOCS, 'variable')
  const defaults = Object.fromEntries(rows.map(([name = '', value]) => [codesIn(name)[0], value]))
  const { config } = parseConfig('sources: { a: { url: "https://a.example/" } }', {})
  t.strictSame(defaults, {
    HOST: `\`${config?.server.host}\``,
    PORT: `\`${config?.server.port}\``,
    LOG_LEVEL: '`info`',
    TRIBUTARY_CONFIG: 'none',
    UV_THREADPOOL_SIZE: '`64`',
    NODE_OPTIONS: 'none',
    NODE_EXTRA_CA_CERTS: 'none',
    HTTPS_PROXY: 'none',
  })
  const code = globSync('src/**/*.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'))
  const read = code.flatMap((text) => [...text.matchAll(/process\.env\.(\w+)/g)].map(([, name]) => name ?? ''))
  t.ok(read.length > 0)
  for (const name of read) t.ok(name in defaults, name)
})

t.test('HOST and PORT win over the file', async (t) => {
  const file = 'server: { host: 127.0.0.2, port: 1 }\nsources: { a: { url: "https://a.example/" } }'
  const { config } = parseConfig(file, { HOST: '127.0.0.3', PORT: '2' })
  t.match(config?.server, { host: '127.0.0.3', port: 2 })
})

t.test('LOG_LEVEL is info by default, and one of those listed', async (t) => {
  const row = tableOf(DOCS, 'variable').rows.find(([name]) => name === '`LOG_LEVEL`')
  const loud = await startProcess(t, { env: { LOG_LEVEL: 'loud' } })
  await loud.exited
  t.match(loud.stderr(), `there is ${codesIn(row?.[2] ?? '').join(', ')}\n`)
  const service = await startProcess(t)
  const address = await service.address()
  const isTold = () => service.lines.some(({ level, msg }) => level === 30 && msg === 'aggregate')
  // on a busy machine an answer of the demo may fail, or one request be refused: both are told at another level
  for (let tries = 0; tries < 40 && !isTold(); tries += 1) {
    await fetch(`${address}/aggregate?sources=story`)
    await pause(50)
  }
  service.child.kill('SIGTERM')
  await service.exited
  t.ok(isTold())
  t.notOk(service.lines.some(({ msg }) => msg === 'attempt'))
})

t.test('--config wins over TRIBUTARY_CONFIG', async (t) => {
  const config = 'sources: { a: { url: "https://a.example/" } }'
  const service = await startProcess(t, { config, env: { TRIBUTARY_CONFIG: '/no/such/file.yaml' } })
  t.match(await service.address(), /^http:/)
})

t.test('the demo has as many sources as are told', async (t) => {
  const { get } = await buildDemo(t)
  const { json } = await get('/aggregate')
  t.equal(Object.keys(json.data).length, 6)
  t.ok(proseOf(DOCS).includes('`/aggregate` without `sources` asks all six.'))
})

t.test('every route named is there', async (t) => {
  const { get } = await buildDemo(t)
  const named = codesIn(proseOf(DOCS)).filter((code) => /^(GET )?\/(aggregate|docs|health|sources)[\w/]*$/.test(code))
  const paths = [...new Set(named.map((code) => code.replace('GET ', '')))]
  t.ok(paths.includes('/docs/json') && paths.includes('/health/live') && paths.length >= 6)
  for (const path of paths) t.equal((await get(path)).status, 200, path)
})
