import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { cyclesOf, type Graph, importsOf } from './imports.ts'

/** The arrows of the house (CONTRIBUTING.md): which files a rule is about, and what they may import. */
interface Rule {
  readonly name: string
  readonly from: RegExp
  readonly may: (to: string) => boolean
}

const EDGE = /^(fastify|fastify-plugin|@fastify\/.*|pino|pino-.*|close-with-grace)$/
const isProject = (to: string) => /^(src|routes|test|bench)\//.test(to)

const RULES: readonly Rule[] = [
  {
    name: 'a policy imports the words of the core, its like and Node, nothing else',
    from: /^src\/policies\//,
    may: (to) =>
      to.startsWith('node:') ||
      /^src\/(policies\/|source\/(allowance|call|cancel|deadline|failure|outcome)\.ts$)/.test(to),
  },
  {
    name: 'only the transport knows undici',
    from: /^(?!src\/source\/transport\/)/,
    may: (to) => to !== 'undici',
  },
  {
    name: 'src never imports routes, nor what is no part of the service',
    from: /^src\//,
    may: (to) => !/^(routes|test|bench)\//.test(to),
  },
  {
    name: 'source stands on policies and the JSON Schema helper, and knows no edge',
    from: /^src\/source\//,
    may: (to) =>
      isProject(to) ? /^src\/(source\/|policies\/|(json-schema|jmespath|limits)\.ts$)/.test(to) : !EDGE.test(to),
  },
  {
    name: 'aggregate knows no edge, no wire and no log',
    from: /^src\/aggregate\//,
    may: (to) => !EDGE.test(to) && to !== 'undici' && !/^(src\/(plugins|config|demo)|routes)\//.test(to),
  },
  {
    name: 'config is made of itself, templates, addresses, JSON Schema, and what a source is made of',
    from: /^src\/config\//,
    may: (to) =>
      !isProject(to) ||
      /^src\/(config\/|source\/(template[\w-]*|body-template|placeholder|request|address|options|parameter)\.ts$|(json-schema|jmespath|shape|limits)\.ts$)/.test(
        to,
      ),
  },
]

/** Each import that a rule forbids. */
function violations(graph: Graph): readonly string[] {
  return [...graph].flatMap(([file, imports]) => {
    const rules = RULES.filter(({ from }) => from.test(file))
    return imports.flatMap(({ to }) =>
      rules.filter(({ may }) => !may(to)).map(({ name }) => `${file} imports ${to}, but ${name}`),
    )
  })
}

const ROOT = join(import.meta.dirname, '..')
const texts = new Map(
  globSync('{src,routes}/**/*.ts', { cwd: ROOT })
    .sort()
    .map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]),
)
const graph: Graph = new Map([...texts].map(([file, text]) => [file, importsOf(file, text)]))

t.test('the imports of every file are found, and lead to files that are there', async (t) => {
  t.ok(graph.size > 50)
  t.same(graph.get('src/policies/timeout.ts'), [
    { to: 'src/source/call.ts', typeOnly: true },
    { to: 'src/source/cancel.ts', typeOnly: false },
    { to: 'src/source/deadline.ts', typeOnly: false },
  ])
  const lost = [...graph].flatMap(([file, imports]) =>
    imports.filter(({ to }) => isProject(to) && !graph.has(to)).map(({ to }) => `${file} imports ${to}`),
  )
  t.same(lost, [])
})

t.test('arrows only point down', async (t) => t.same(violations(graph), []))

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

t.test('the check finds what it is for: each rule, broken once', async (t) => {
  const broken: Graph = new Map(
    Object.entries({
      'src/policies/a.ts': "import type { Source } from '../source/source.ts'",
      'src/runtime.ts': "import { request } from 'undici'",
      'src/app.ts': "export default await import('../routes/aggregate.ts')",
      'src/source/a.ts': "import type { FastifyInstance } from 'fastify'",
      'src/source/b.ts': "export * from '../config/config.ts'",
      'src/aggregate/a.ts': "import compress from '@fastify/compress/lib.js'",
      'src/config/a.ts': "import '../source/source.ts'",
      'src/source/transport/fine.ts': "import { Client } from 'undici'",
    }).map(([file, text]) => [file, importsOf(file, text)]),
  )
  t.same(
    violations(broken).map((text) => text.split(', but ', 1)[0]),
    [
      'src/policies/a.ts imports src/source/source.ts',
      'src/runtime.ts imports undici',
      'src/app.ts imports routes/aggregate.ts',
      'src/source/a.ts imports fastify',
      'src/source/b.ts imports src/config/config.ts',
      'src/aggregate/a.ts imports @fastify/compress',
      'src/config/a.ts imports src/source/source.ts',
    ],
  )
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
