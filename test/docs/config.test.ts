import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { certificateFile } from '../support/upstream/tls.ts'
import { fileIn } from './examples.ts'
import { BLOCKS, type Block, codesIn, DOCS, pageOf, paragraphOf, readRoot, sectionOf, tableOf } from './markdown.ts'

/** Checks every configuration in README.md and docs/, and that docs/configuration.md has every key of the schema. */

/**
 * The complete configuration for a yaml block, by the block's info: none or a file's name is a complete configuration,
 * `part` lacks only sources, `source` is the content of one source, `key` is the content of a source without `url`.
 */
function wholeOf({ info, text }: Pick<Block, 'info' | 'text'>): string | null {
  if (info === '' || info.startsWith('config=')) return text
  if (info === 'part') return `${text}\nsources: { example: { url: "https://example.example/" } }`
  if (info === 'source') return `sources:\n  example:\n${text.replaceAll(/^/gm, '    ')}`
  if (info === 'key') return wholeOf({ info: 'source', text: `url: https://example.example/\n${text}` })
  return null
}

const yaml = BLOCKS.filter(({ lang }) => lang === 'yaml')
const refused = yaml.filter(({ info }) => info.startsWith('refused='))

/** Values of environment variables that cannot be just any text. */
const VALUES: Readonly<Record<string, string>> = { REDIS_URL: 'redis://127.0.0.1:6379' }

t.test('every configuration is right', async (t) => {
  t.ok(yaml.length >= 20, 'the blocks are found')
  const [ca, client, key] = ['ca', 'client', 'key'].map((name) => readFileSync(certificateFile(name)))
  const files = { 'ca.pem': ca ?? '', 'client.pem': client ?? '', 'client.key': key ?? '' }
  const folder = t.testdir({ ...files, tls: files })
  for (const block of yaml.filter((block) => !refused.includes(block))) {
    const whole = wholeOf(block)
    if (whole === null) t.fail(`${block.place}: what is a yaml block of "${block.info}"?`)
    else checkWhole(t, whole, block, folder)
  }
})

function checkWhole(t: Test, whole: string, { place }: Block, folder: string): void {
  const needed = [...new Set([...whole.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name))]
  const environment = Object.fromEntries(needed.map((name) => [name, VALUES[name] ?? 'x'.repeat(32)]))
  const { problems, warnings } = parseConfig(whole, environment, folder)
  t.same(problems, [], place)
  t.same(warnings, [], place)
  const without = parseConfig(whole, {}).problems.map(({ message }) => message)
  for (const name of needed) t.ok(without.some((message) => message.includes(`${name} is not set`)))
}

t.test('the one that is wrong is refused, in the words that are shown', async (t) => {
  t.equal(refused.length, 1)
  for (const { info, text } of refused) {
    const name = info.slice('refused='.length)
    const { code, out, err } = check(t, text)
    t.same({ code, out }, { code: 1, out: '' })
    t.equal(err.trimEnd(), fileIn('text', `check=${name}`))
  }
})

t.test('those with a name are right, in the words that are shown', async (t) => {
  const names = yaml.flatMap(({ info }) => (info.startsWith('config=') ? [info.slice('config='.length)] : []))
  const expected = [
    'access',
    'batched',
    'composed',
    'errors',
    'first',
    'joined',
    'my',
    'paged',
    'proxied',
    'replicas',
    'shop',
    'sturdy',
    'tokens',
  ].map((name) => `${name}.yaml`)
  t.same(names.toSorted(), expected)
  const shown = BLOCKS.flatMap(({ info }) => (info.startsWith('check=') ? [info.slice('check='.length)] : []))
  for (const name of names) {
    const { code, out, err } = check(t, fileIn('yaml', `config=${name}`))
    t.same({ code, err }, { code: 0, err: '' }, name)
    if (shown.includes(name)) t.equal(out.trimEnd(), fileIn('text', `check=${name}`), name)
  }
  t.same(shown.toSorted(), ['composed.yaml', 'first.yaml', 'my.yaml', 'shop.yaml', 'wrong.yaml'])
})

function check(t: Test, text: string) {
  const file = join(t.testdir({ 'config.yaml': text }), 'config.yaml')
  const main = fileURLToPath(new URL('../../src/cli/check.ts', import.meta.url))
  const { HOST: _host, PORT: _port, TRIBUTARY_CONFIG: _config, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, '--config', file], { env, encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

interface Schema {
  readonly description?: string
  readonly default?: unknown
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: unknown
  readonly anyOf?: readonly Schema[]
}

const schema: Schema = JSON.parse(readRoot('config.schema.json'))
const property = (of: Schema | undefined, name: string) => of?.properties?.[name]
const each = (of: Schema | undefined) => Object.values(of?.patternProperties ?? {})[0]
const view = each(property(schema, 'views'))
const source = each(property(schema, 'sources'))
const REFERENCE = pageOf('docs/configuration.md').text

/** The expected content of the column "default" of each key, and the heading of its table; `''` is the block itself. */
interface Expected {
  readonly section: string
  readonly key: string
  readonly says: RegExp
}

/** The keys of a block and of the blocks in it, under headings that begin with `title`. */
function expectedOf(title: string, { properties = {}, required = [] }: Schema, path = ''): readonly Expected[] {
  return Object.entries(properties).flatMap(([key, of]) => {
    const inner = blockIn(of)
    const here = {
      section: path === '' ? title : `${title}: \`${path}\``,
      key,
      says: saysOf(of, required.includes(key)),
    }
    const within = path === '' ? key : `${path}.${key}`
    return inner === null ? [here] : [here, ...expectedOf(title, inner, within)]
  })
}

/** The block of keys below a key: its own, or that of each entry if it is a map with arbitrary names. */
function blockIn(of: Schema): Schema | null {
  const inner = of.properties ? of : of.anyOf?.find((branch) => branch.properties)
  const named = each(of)
  return inner ?? (named?.properties ? named : null)
}

function saysOf(of: Schema, required: boolean): RegExp {
  // the rest of a block may be in `defaults`, so its schema requires no keys
  if (required || of.description?.endsWith('Required.')) return /^required$/
  if (of.default === undefined) return /^(?!`|required)|^`[^`]+`(?: as it is|, and .*)?$/
  if (JSON.stringify(of.default) === '{}') return /^on$/
  const text = typeof of.default === 'string' ? of.default : JSON.stringify(of.default)
  return new RegExp(`^\`${RegExp.escape(text)}\`$`)
}

/** The rows of the tables under a heading; the keys of a source itself are under several headings. */
function rowsUnder(heading: string): readonly (readonly string[])[] {
  const groups = [...REFERENCE.matchAll(/^#### (A source: [^`\n]+)$/gm)].map(([, group = '']) => group)
  const headings = heading === 'A source' ? groups : [heading]
  return headings.flatMap((one) => tableOf(sectionOf(REFERENCE, one), 'key').rows)
}

t.test('the reference names every key, with its default', async (t) => {
  const entry = each(property(view, 'sources')?.anyOf?.find((branch) => branch.patternProperties))
  const ofSource = expectedOf('A source', source ?? {})
  const expected = [
    ...[...keysOf(schema)]
      .filter((name) => !['defaults', 'sources', 'views'].includes(name))
      .flatMap((name) => expectedOf(`\`${name}\``, property(schema, name) ?? {})),
    ...ofSource,
    ...expectedOf('A view', view ?? {}),
    ...expectedOf('A view: an entry of `sources`', entry ?? {}),
  ]
  const sections = Map.groupBy(expected, ({ section }) => section)
  for (const [section, keys] of sections) {
    const rows = rowsUnder(section)
    t.strictSame(rows.map(([key]) => key).toSorted(), keys.map(({ key }) => `\`${key}\``).toSorted(), section)
    for (const { key, says } of keys) {
      t.match(rows.find(([cell]) => cell === `\`${key}\``)?.[2], says, `${section}: ${key}`)
    }
  }
  t.same(new Set(rowsUnder('The file').flatMap(([key = '']) => codesIn(key))), keysOf(schema))
  const blocks = [...sections.keys()].filter((section) => section.startsWith('A source: ')).length
  t.equal(ofSource.length - blocks, 80, 'a source has so many keys that are no block')
})

function keysOf(of: Schema | undefined): Set<string> {
  return new Set(Object.keys(of?.properties ?? {}))
}

t.test('what defaults cannot hold', async (t) => {
  const [, said = ''] = sectionOf(REFERENCE, '`defaults`').split('(#a-source) but')
  const all = keysOf(source)
  t.same(all.difference(keysOf(property(schema, 'defaults'))), new Set(codesIn(said)))
})

t.test('the names that no parameter can have', async (t) => {
  const [, said = ''] = paragraphOf(DOCS, 'Some parameter names are reserved').split(':')
  const names = codesIn(said)
  t.equal(names.length, 5)
  for (const name of names) {
    const source = `sources: { a: { url: "https://a.example/{?${name}}", params: { ${name}: {} } } }`
    t.match(parseConfig(source, {}).problems[0]?.message, /is reserved/, name)
  }
})
