import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { parseConfig } from '../../src/config/load.ts'
import { unsupportedKeys } from '../../src/config/sections/configuration.ts'
import { fileIn } from './examples.ts'
import { type Block, blocksOf, codesIn, codesOf, paragraphOf, README, readRoot, tableOf } from './markdown.ts'

/** Every configuration in README.md is checked, and its tables of keys are those of config.schema.json. */

/**
 * What the info of a yaml block may be, and the whole configuration that it then stands for: none, or a file's name, is a
 * whole one, `part` is all but sources, `source` is the inside of one source.
 */
function wholeOf({ info, text }: Block): string | null {
  if (info === '' || info.startsWith('config=')) return text
  if (info === 'part') return `${text}\nsources: { example: { url: "https://example.example/" } }`
  if (info === 'source') return `sources:\n  example:\n${text.replaceAll(/^/gm, '    ')}`
  return null
}

const yaml = blocksOf(README).filter(({ lang }) => lang === 'yaml')
const refused = yaml.filter(({ info }) => info.startsWith('refused='))

t.test('every configuration is right', async (t) => {
  t.ok(yaml.length >= 6, 'the blocks are found')
  for (const block of yaml.filter((block) => !refused.includes(block))) {
    const whole = wholeOf(block)
    if (whole === null) t.fail(`line ${block.line}: what is a yaml block of "${block.info}"?`)
    else checkWhole(t, whole, block)
  }
})

function checkWhole(t: Test, whole: string, { line }: Block): void {
  const needed = [...new Set([...whole.matchAll(/\$\{([A-Z_]+)\}/g)].map(([, name = '']) => name))]
  const environment = Object.fromEntries(needed.map((name) => [name, 'x']))
  const { problems, warnings } = parseConfig(whole, environment)
  t.same(problems, [], `line ${line}`)
  t.same(warnings, [], `line ${line}`)
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
  t.same(names, ['my.yaml', 'sturdy.yaml', 'composed.yaml'])
  const shown = blocksOf(README).flatMap(({ info }) => (info.startsWith('check=') ? [info.slice('check='.length)] : []))
  for (const name of names) {
    const { code, out, err } = check(t, fileIn('yaml', `config=${name}`))
    t.same({ code, err }, { code: 0, err: '' }, name)
    if (shown.includes(name)) t.equal(out.trimEnd(), fileIn('text', `check=${name}`), name)
  }
  t.same(shown.toSorted(), ['composed.yaml', 'my.yaml', 'wrong.yaml'])
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
/** By the header of the first column. The keys of a source stand in three tables, each where it is explained. */
const BLOCKS: Readonly<Record<string, Schema | undefined>> = {
  'key of a source': part(source, (key) => !isPolicy(key) && !isComposing(key)),
  'key of a policy': part(source, isPolicy),
  'key for composing': part(source, isComposing),
  'key of a view': view,
  'key of an entry': each(property(view, 'sources')?.anyOf?.find((branch) => branch.patternProperties)),
  'key of `server`': property(schema, 'server'),
  'key of `deadline`': property(schema, 'deadline'),
  'key of `cache`': property(schema, 'cache'),
}

function isPolicy(key: string): boolean {
  return ['retry', 'breaker', 'bulkhead', 'hedge', 'rateLimit', 'cache'].includes(key)
}

function isComposing(key: string): boolean {
  return ['select', 'bind', 'forEach'].includes(key)
}

function part(of: Schema | undefined, has: (key: string) => boolean): Schema {
  const { properties = {}, required = [] } = of ?? {}
  return { properties: Object.fromEntries(Object.entries(properties).filter(([key]) => has(key))), required }
}

/** The block that a key holds, and what its keys are called: by themselves, or by any name where it is a map of blocks. */
function blockIn(key: string, of: Schema): readonly [string, Schema] | null {
  const inner = of.properties ? of : of.anyOf?.find((branch) => branch.properties)
  if (inner !== undefined) return [key, inner]
  const named = each(of)
  // a map of JSON Schemas is open, and described as a whole
  return named?.properties && named.additionalProperties === false ? [`${key}.*`, named] : null
}

/** What the column "default" has to say of each key; a block's own keys stand for it. */
function defaultsOf({ properties = {}, required = [] }: Schema): readonly (readonly [string, RegExp])[] {
  return Object.entries(properties).flatMap(([key, of]) => {
    const block = blockIn(key, of)
    if (block !== null) return defaultsOf(block[1]).map(([name, says]) => [`${block[0]}.${name}`, says] as const)
    // `defaults` may hold a part of a block, so that its schema requires nothing
    if (required.includes(key) || of.description?.endsWith('Required.')) return [[key, /^required$/] as const]
    if (of.default === undefined) return [[key, /^(none|as (its|`).*)$/] as const]
    const text = typeof of.default === 'string' ? of.default : JSON.stringify(of.default)
    return [[key, new RegExp(`^\`${RegExp.escape(text)}\`$`)] as const]
  })
}

t.test('the tables name every key, with its default', async (t) => {
  t.same(new Set(codesOf(tableOf(README, 'key'))), keysOf(schema))
  for (const [header, of] of Object.entries(BLOCKS)) {
    const { rows } = tableOf(README, header)
    const defaults = defaultsOf(of ?? {})
    t.ok(defaults.length >= 1, header)
    t.strictSame(rows.map(([key]) => key).toSorted(), defaults.map(([key]) => `\`${key}\``).toSorted(), header)
    for (const [key, says] of defaults) {
      t.match(rows.find(([cell]) => cell === `\`${key}\``)?.[1], says, `${header}: ${key}`)
    }
  }
  t.equal(defaultsOf(source ?? {}).length, 54, 'a source has so many keys')
})

function keysOf(of: Schema | undefined): Set<string> {
  return new Set(Object.keys(of?.properties ?? {}))
}

t.test('what defaults cannot hold', async (t) => {
  const said = tableOf(README, 'key').rows.find(([key]) => key === '`defaults`')?.[1] ?? ''
  const all = keysOf(source)
  t.same(all.difference(keysOf(property(schema, 'defaults'))), new Set(codesIn(said)))
})

t.test('what is not supported yet', async (t) => {
  const rows = tableOf(README, 'where').rows.map(([where = '', keys = '']) => [where, codesIn(keys)])
  t.same(Object.fromEntries(rows), {
    top: unsupportedKeys([]),
    '`server`': unsupportedKeys(['server']),
    'a source': unsupportedKeys(['sources', 'x']),
    '`forEach`': unsupportedKeys(['sources', 'x', 'forEach']),
    'a view': unsupportedKeys(['views', 'x']),
  })
  const sources = { a: { url: 'https://a.example/' } }
  for (const key of unsupportedKeys([])) t.match(refusal({ sources, [key]: {} }), /not supported/, key)
  for (const key of unsupportedKeys(['server']))
    t.match(refusal({ sources, server: { [key]: {} } }), /not supported/, key)
  t.notMatch(README, /\bso far\b/)
})

function refusal(config: object): string | undefined {
  return parseConfig(JSON.stringify(config), {}).problems[0]?.message
}

t.test('the names that no parameter can have', async (t) => {
  const [, said = ''] = paragraphOf(README, '**Parameters.** A parameter').split('Some names are taken:')
  const names = codesIn(said)
  t.equal(names.length, 4)
  for (const name of names) {
    const source = `sources: { a: { url: "https://a.example/{?${name}}", params: { ${name}: {} } } }`
    t.match(parseConfig(source, {}).problems[0]?.message, /is reserved/, name)
  }
})
