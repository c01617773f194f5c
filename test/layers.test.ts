import { globSync, lstatSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cyclesOf, type Graph, importsOf } from './imports.ts'

/** What a folder may import beside itself: the folders of the project by name, and which of the edge's libraries. */
interface Layer {
  readonly folders: readonly string[]
  readonly libraries?: RegExp
}

const EDGE = /^(fastify|fastify-plugin|@fastify\/.*|pino|pino-.*|close-with-grace|undici|@opentelemetry\/.*)$/

/**
 * The arrows of the house (CONTRIBUTING.md), by folder and without exceptions. Each folder names only ones above it in
 * this list, so that no circle is possible.
 */
const LAYERS: Readonly<Record<string, Layer>> = {
  core: { folders: [] },
  json: { folders: ['core'] },
  policies: { folders: ['core'] },
  transport: { folders: ['core'], libraries: /^undici$/ },
  oauth2: { folders: ['core', 'policies', 'transport'] },
  source: { folders: ['core', 'json', 'policies', 'transport', 'oauth2'] },
  redis: { folders: ['core'] },
  http: { folders: ['core'], libraries: /^fastify$/ },
  access: { folders: ['core', 'http'] },
  config: { folders: ['core', 'json', 'transport', 'oauth2', 'source', 'redis', 'http', 'access'] },
  aggregate: { folders: ['core', 'json', 'source', 'http'] },
  telemetry: { folders: ['core', 'http'], libraries: /^(pino|@opentelemetry\/.*)$/ },
  workers: { folders: ['core', 'json', 'source', 'aggregate'] },
  openapi: { folders: ['core', 'json', 'transport', 'source', 'access', 'config', 'http', 'aggregate'] },
  console: { folders: ['source', 'config', 'aggregate', 'openapi'] },
  plugins: {
    folders: ['core', 'json', 'http', 'aggregate', 'openapi'],
    libraries: /^(fastify|fastify-plugin|@fastify\/.*)$/,
  },
  replies: { folders: ['core', 'http', 'aggregate', 'plugins'], libraries: /^fastify$/ },
  demo: { folders: [] },
  /** The files of src/ itself: app, runtime, service. */
  src: {
    folders: [
      'core',
      'json',
      'transport',
      'source',
      'redis',
      'access',
      'config',
      'http',
      'telemetry',
      'workers',
      'plugins',
    ],
    libraries: /^(fastify|@fastify\/.*)$/,
  },
  routes: {
    folders: ['source', 'config', 'http', 'aggregate', 'openapi', 'console', 'plugins', 'replies', 'src'],
    libraries: /^fastify$/,
  },
  cli: { folders: ['config', 'telemetry', 'demo', 'src'], libraries: /^(close-with-grace|pino-pretty)$/ },
}

const isProject = (to: string) => /^(src|routes|test|bench)\//.test(to)

/** The layer of a file; undefined for what is no part of the service. */
function layerOf(file: string): string | undefined {
  const [top, second, third] = file.split('/')
  if (top === 'routes') return 'routes'
  return top !== 'src' ? undefined : third === undefined ? 'src' : second
}

function mayImport(from: string, to: string): boolean {
  const name = layerOf(from) ?? ''
  const { folders, libraries } = LAYERS[name] ?? { folders: [] }
  if (!isProject(to)) return !EDGE.test(to) || libraries?.test(to) === true
  const target = layerOf(to)
  return target !== undefined && (target === name || folders.includes(target))
}

/** Each import that the layers forbid. */
function violations(graph: Graph): readonly string[] {
  return [...graph].flatMap(([file, imports]) =>
    imports.filter(({ to }) => !mayImport(file, to)).map(({ to }) => `${file} imports ${to}`),
  )
}

const ROOT = join(import.meta.dirname, '..')
const texts = new Map(
  globSync('{src,routes}/**/*.ts', { cwd: ROOT })
    // main.ts is a link to cli/launch.cjs
    .filter((file) => !lstatSync(join(ROOT, file)).isSymbolicLink())
    .sort()
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
)
const graph: Graph = new Map([...texts].map(([file, text]) => [file, importsOf(file, text)]))

t.test('the imports of every file are found, and lead to files that are there', async (t) => {
  t.ok(graph.size > 50)
  t.same(graph.get('src/policies/timeout.ts'), [
    { to: 'src/core/call.ts', typeOnly: true },
    { to: 'src/core/cancel.ts', typeOnly: false },
    { to: 'src/core/deadline.ts', typeOnly: false },
  ])
  const lost = [...graph].flatMap(([file, imports]) =>
    imports.filter(({ to }) => isProject(to) && !graph.has(to)).map(({ to }) => `${file} imports ${to}`),
  )
  t.same(lost, [])
})

t.test('arrows only point down', async (t) => t.same(violations(graph), []))

t.test('every folder is a layer, which names only layers above it, and only ones that it imports', async (t) => {
  const names = Object.keys(LAYERS)
  t.same(new Set([...graph.keys()].map(layerOf)), new Set(names))
  const imported = (name: string) =>
    new Set(
      [...graph]
        .filter(([file]) => layerOf(file) === name)
        .flatMap(([, imports]) => imports.map(({ to }) => layerOf(to))),
    )
  for (const [place, name] of names.entries()) {
    for (const folder of LAYERS[name]?.folders ?? []) {
      t.ok(names.indexOf(folder) < place && names.includes(folder), `${folder} is above ${name}`)
      t.ok(imported(name).has(folder), `${name} imports ${folder}`)
    }
  }
})

t.test('no files need each other to load', async (t) => {
  t.same(
    cyclesOf(graph, ({ typeOnly }) => !typeOnly),
    [],
  )
  for (const cycle of cyclesOf(graph, () => true)) t.comment(`by types alone: ${cycle}`)
})

t.test('files are about 50 lines; above 120 they are worth a look, and twice that is too long', async (t) => {
  const long = [...texts].map(([file, text]) => ({ file, lines: text.split('\n').length - 1 }))
  for (const { file, lines } of long) if (lines > 120) t.comment(`${file} has ${lines} lines`)
  t.same(
    long.filter(({ lines }) => lines > 240),
    [],
  )
})

t.test('the check finds what it is for', async (t) => {
  const forbidden = {
    'src/policies/a.ts': "import type { Source } from '../source/source.ts'",
    'src/runtime.ts': "import { request } from 'undici'",
    'src/app.ts': "export default await import('../routes/aggregate.ts')",
    'src/source/a.ts': "import type { FastifyInstance } from 'fastify'",
    'src/source/b.ts': "export * from '../config/config.ts'",
    'src/aggregate/a.ts': "import compress from '@fastify/compress/lib.js'",
    'src/core/a.ts': "import '../json/a.ts'",
    'src/http/a.ts': "import '../../test/a.ts'",
    'src/new/a.ts': "import '../core/call.ts'",
  }
  const allowed = {
    'src/transport/a.ts': "import { Client } from 'undici'",
    'src/policies/b.ts': "import '../core/call.ts'\nimport './parts/c.ts'\nimport 'node:fs'",
    'routes/a.ts': "import type { FastifyInstance } from 'fastify'",
  }
  const graphOf = (files: Readonly<Record<string, string>>): Graph =>
    new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]))
  t.equal(violations(graphOf(forbidden)).length, Object.keys(forbidden).length)
  t.same(violations(graphOf(allowed)), [])
})

t.test('the check reads every form of import, and tells types apart', async (t) => {
  const text = [
    "import fs from 'node:fs'",
    "import a, { type A } from './a.ts'",
    'import {\n  type B,\n  type C,\n} from "../b.ts"',
    "import type * as d from './d.ts'",
    "export { e } from './deeper/e.ts'",
    "export type { F } from '@scope/f/deep.js'",
    "const g = await import('./g.ts')",
    "// says import { h } from 'h'",
    "export const from = 'nowhere'",
  ].join('\n')
  t.same(
    importsOf('src/x/file.ts', text).map(({ to, typeOnly }) => `${to}${typeOnly ? ' (type)' : ''}`),
    [
      'node:fs',
      'src/x/a.ts',
      'src/b.ts (type)',
      'src/x/d.ts (type)',
      'src/x/deeper/e.ts',
      '@scope/f (type)',
      'src/x/g.ts',
    ],
  )
})

t.test('the check finds cycles, of types only where it is asked', async (t) => {
  const made: Graph = new Map(
    Object.entries({
      'src/a.ts': "import './b.ts'\nimport './c.ts'",
      'src/b.ts': "import './c.ts'",
      'src/c.ts': "import './a.ts'",
      'src/d.ts': "import type { E } from './e.ts'",
      'src/e.ts': "import './d.ts'",
    }).map(([file, text]) => [file, importsOf(file, text)]),
  )
  const loading = cyclesOf(made, ({ typeOnly }) => !typeOnly)
  t.ok(loading.length > 0 && loading.every((cycle) => cycle.startsWith('src/a.ts >')))
  t.same(
    cyclesOf(made, () => true).filter((cycle) => !loading.includes(cycle)),
    ['src/d.ts > src/e.ts'],
  )
})
