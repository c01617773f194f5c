import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SHOWN_CODES } from '../../src/openapi/codes.ts'
import { EXAMPLE, noExample } from '../browser/frontend.ts'
import { demoDocument, documentFor, UNLIKE_THE_DEMO } from './service.ts'

/** The types that openapi-typescript makes of the document, by the packages of the example frontend. */

t.setTimeout(240_000)

/** Runs a program of the example's packages; returns what it printed. */
function run(file: string, args: readonly string[]): string {
  const { stdout } = spawnSync(process.execPath, [join(EXAMPLE, 'node_modules', file), ...args], { encoding: 'utf8' })
  return stdout
}

function typesOf(t: Test, document: object): string {
  const input = join(t.testdir({ 'openapi.json': JSON.stringify(document) }), 'openapi.json')
  return run('openapi-typescript/bin/cli.js', [input])
}

/** What TypeScript says of these files, by name; empty where all types fit. */
function compile(t: Test, files: Readonly<Record<string, string>>): string {
  const folder = t.testdir({})
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const names = Object.keys(files).map((name) => join(folder, name))
  const flags = ['--noEmit', '--strict', '--noUncheckedIndexedAccess', '--allowImportingTsExtensions', '--skipLibCheck']
  // no types of packages
  const scope = ['--lib', 'es2024', '--typeRoots', folder]
  return run('typescript/bin/tsc', [
    ...flags,
    ...scope,
    '--module',
    'esnext',
    '--moduleResolution',
    'bundler',
    ...names,
  ])
}

const WEATHER = {
  type: 'object',
  required: ['temp'],
  properties: { temp: { type: 'number' }, sky: { $ref: '#/$defs/sky' }, more: { type: 'object' } },
  $defs: { sky: { enum: ['clear', 'rain'] } },
}

const CONFIG = {
  sources: {
    weather: { url: 'http://a.example/{?q}', params: { q: { type: 'string' } }, schema: WEATHER },
    plain: { url: 'http://b.example/' },
    ids: { url: 'http://c.example/', schema: { type: 'array', items: { type: 'integer' } }, fallback: 'none' },
    each: {
      url: 'http://d.example/{id}',
      forEach: { from: 'ids', as: 'id' },
      schema: { type: 'object', required: ['title'], properties: { title: { type: 'string' } } },
    },
    order: {
      url: 'http://e.example/{id}',
      method: 'PUT',
      params: { id: { type: 'integer', required: true } },
      schema: { type: 'object', required: ['number'], properties: { number: { type: 'integer' } } },
    },
  },
  views: {
    change: { method: 'PUT', path: '/v1/orders/{id}', sources: ['order'] },
    home: { sources: { here: { source: 'weather' }, each: {} } },
    parts: {
      sources: ['weather', 'each'],
      shape: { temp: 'weather.temp', titles: 'each[?@].title', open: "merge(weather, {a: 'b'})" },
    },
    whole: { sources: ['weather'], shape: '{now: weather.{temp: temp, sky: sky}}' },
  },
}

/** Compiles only if the types are these, and no others. */
const CHECKS = `
import type { components, operations } from './types.ts'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const same = <T extends true>(): void => {}

type Content<Id extends keyof operations> =
  operations[Id] extends { responses: { 200: { content: infer Found } } } ? Found : never
type Answer<Id extends keyof operations> =
  Content<Id> extends { 'application/json': infer Found } ? Found : never
type DataOf<Id extends keyof operations> = Answer<Id> extends { data: infer Data } ? Data : never
type Weather = { temp: number; sky?: 'clear' | 'rain'; more?: { [key: string]: unknown } }
type Failed = components['schemas']['FailedSource']

// the data of sources: what their schemas declare, or null
type All = DataOf<'aggregate'>
same<Equal<keyof All, 'weather' | 'plain' | 'ids' | 'each'>>()
declare const weather: NonNullable<All['weather']>
const temp: number = weather.temp
const sky: 'clear' | 'rain' | undefined = weather.sky
const more: unknown = weather.more?.anything
// @ts-expect-error a member that the schema does not have
weather.nope
// @ts-expect-error it may be null
;(null! as All).weather.temp
same<Equal<All['plain'], unknown>>()
same<Equal<All['ids'], number[] | null | 'none' | undefined>>()
same<Equal<All['each'], ({ title: string } | null)[] | null | undefined>>()
same<Equal<keyof DataOf<'view_home'>, 'here' | 'each'>>()

// a view with another method always asks all its sources
same<Equal<DataOf<'view_change'>['order'], { number: number } | null>>()
same<Equal<operations['view_change']['parameters']['path'], { id: number }>>()

// failures
same<Equal<Failed['code'], CODES>>()
same<Equal<Answer<'aggregate'>['failedSources'], Failed[]>>()
same<Equal<Answer<'view_parts'>['partial'], boolean>>()

// shaped views
type Parts = DataOf<'view_parts'>
same<Equal<Parts['temp'], number | null>>()
same<Equal<Parts['titles'], string[] | null>>()
same<Equal<Parts['open'], unknown>>()
same<Equal<DataOf<'view_whole'>, { now: { temp: number; sky: 'clear' | 'rain' | null } | null } | null>>()

// the records of a stream
type AnyRecord = Content<'aggregate'> extends { 'application/x-ndjson': infer Found } ? Found : never
declare const record: AnyRecord
if ('done' in record) {
  same<Equal<typeof record.failedSources, Failed[]>>()
} else if (record.ok) {
  same<Equal<typeof record.id, 'weather' | 'plain' | 'ids' | 'each'>>()
  if (record.id === 'weather') {
    const nullable: Weather | null = record.data
    // @ts-expect-error a source may have no data
    record.data.temp
  }
  const substituted: Failed | undefined = record.failure
} else {
  const failure: Failed = record.failure
  same<Equal<typeof record.id, 'weather' | 'plain' | 'ids' | 'each'>>()
}

// a batch
type Batch = operations['aggregateBatch']['requestBody']['content']['application/json']
const batch: Batch = { requests: [{ source: 'weather', params: { q: 'London' } }] }
// @ts-expect-error no such source
const wrong: Batch = { requests: [{ source: 'nope' }] }
`

t.test(
  'a source, a failure, a shaped view, a record: the types that the configuration says',
  { skip: noExample },
  async (t) => {
    const types = typesOf(t, await documentFor(CONFIG))
    const codes = SHOWN_CODES.map((code) => `'${code}'`).join(' | ')
    t.equal(compile(t, { 'types.ts': types, 'checks.ts': CHECKS.replace('CODES', codes) }), '')
    const few = SHOWN_CODES.slice(1)
      .map((code) => `'${code}'`)
      .join(' | ')
    t.match(
      compile(t, { 'types.ts': types, 'checks.ts': CHECKS.replace('CODES', few) }),
      /^[^\n]*error TS2344[^\n]*\n?/,
      'wrong ones are told',
    )
  },
)

t.test('types without errors, and without objects that can have no members', { skip: noExample }, async (t) => {
  const documents = [
    await demoDocument(),
    ...(await Promise.all(Object.values(UNLIKE_THE_DEMO).map((one) => documentFor(one)))),
  ]
  const files = documents.map((one, index) => [`types-${index}.ts`, typesOf(t, one)] as const)
  for (const [name, text] of files) {
    const empty = text.split('\n').filter((line) => line.includes('Record<string, never>'))
    t.same(
      empty.filter((line) => !/^export type (webhooks|\$defs) =/.test(line)),
      [],
      name,
    )
  }
  t.equal(compile(t, Object.fromEntries(files)), '')
})
