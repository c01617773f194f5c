import Type from 'typebox'
import { suggest } from '../../core/known-names.ts'
import { MAX_PLANNED, MAX_SOURCES } from '../../core/limits.ts'
import type { Method } from '../../core/method.ts'
import type { TemplateValue } from '../../source/template.ts'
import { readUserSchema } from '../schema/embedded.ts'
import type { Input } from '../schema/input.ts'
import { block, byId, byName, flag, ID_PATTERN, ID_RULE, optional, templateValue } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import type { Path } from '../text/problems.ts'
import { dependenciesOf } from './source/dependencies.ts'
import { reasonOf, remedyOf } from './source/method.ts'
import type { SourceDraft } from './source/scope.ts'
import { INEXACT, isInexact } from './source/values.ts'

/** One key of a view's `data`, resolved. */
export interface ViewEntry {
  /** The key in `data`, and the `id` in `failedSources`. */
  readonly key: string
  /** A source's id. */
  readonly source: string
  /** Fixed: no client can set these. */
  readonly params: Readonly<Record<string, TemplateValue>>
  /** The entry's own, else the source's. */
  readonly required: boolean
}

const entrySchema = block(
  optional({
    source: Type.String({
      description: "A source's id. Default: the entry's key.",
      examples: ['weather'],
      literal: true,
    }),
    params: byName(templateValue, {
      description: 'Fixed parameters, which no client can set. Default: none.',
      examples: [{ q: 'Paris' }],
      literal: true,
    }),
    required: flag({
      description: "Whether its failure fails the answer. Default: the source's own.",
      examples: [true],
    }),
  }),
  {
    description: 'One key of `data`; {} takes the source of that name as it is.',
    expects: 'a map; {} takes the source of that name as it is',
  },
)

/** The key `sources` of a view. */
export const entriesSchema = Type.Union(
  [
    Type.Array(Type.String({ pattern: ID_PATTERN, expects: ID_RULE, literal: true }), { minItems: 1 }),
    byId(entrySchema, { description: 'Sources by key.', minProperties: 1 }),
  ],
  {
    description: 'Ids of sources in the order of `data`, or a map, which may rename them and fix parameters. Required.',
    examples: [['weather', 'news'], { paris: { source: 'weather', params: { q: 'Paris' }, required: true }, news: {} }],
    expects: 'a list of source ids, or a map',
  },
)

type EntryInput = Input<typeof entrySchema>
type EntriesInput = Input<typeof entriesSchema>
type Sources = ReadonlyMap<string, SourceDraft>

/** The entries by key. A list of ids is the same as a map with an empty entry for each. */
export function writtenEntries(input: EntriesInput = []): readonly (readonly [key: string, EntryInput])[] {
  return Array.isArray(input) ? input.map((id) => [id, {}]) : Object.entries(input)
}

/** Entries that name no source are kept; `checkEntries` reports them. */
export function resolveEntries(input: EntriesInput | undefined, sources: Sources): readonly ViewEntry[] {
  return writtenEntries(input).map(([key, { source = key, params = {}, required }]) => {
    return { key, source, params, required: required ?? sources.get(source)?.required ?? false }
  })
}

export interface View {
  readonly id: string
  readonly method: Method
  readonly entries: readonly ViewEntry[]
}

/** Checks that each entry names a source that a view may call, and fixes only parameters that this source has. */
export function checkEntries(view: View, input: EntriesInput | undefined, sources: Sources, scope: Scope): void {
  const path = ['views', view.id, 'sources']
  view.entries.forEach((entry, index) => {
    checkEntry(view, entry, sources, [...path, Array.isArray(input) ? index : entry.key], scope)
  })
  if (Array.isArray(input)) checkRepeats(input, path, scope)
}

function checkEntry({ id, method }: View, entry: ViewEntry, sources: Sources, path: Path, scope: Scope): void {
  const { problem, isBroken } = scope
  const source = sources.get(entry.source)
  if (source) {
    checkFixed(entry, source, [...path, 'params'], scope)
    if (!source.safe && method === 'GET' && !isBroken(['sources', source.id]) && !isBroken(['views', id, 'method']))
      problem(
        path,
        `${reasonOf(source, sources)}, and a view with the method GET asks safe sources only; write method: POST for the view, leave it out, or ${remedyOf(source)}`,
      )
    checkBody(method, source, path, scope)
  } else if (!isBroken(path) && !isBroken(['sources', entry.source])) {
    problem(path, `there is no source "${entry.source}"${suggest(entry.source, [...sources.keys()])}`)
  }
}

/** A GET has no body that could be forwarded. */
function checkBody(method: Method, source: SourceDraft, path: Path, { problem, isBroken }: Scope): void {
  if (method !== 'GET' || !source.needsBody || !source.safe || isBroken(['sources', source.id])) return
  const why = source.forwardsBody
    ? 'forwards the body of the client'
    : 'takes data of a source that forwards the body of the client'
  problem(path, `"${source.id}" ${why}, and a GET has none; write method: POST for the view, or leave it out`)
}

function checkFixed({ params }: ViewEntry, source: SourceDraft, path: Path, { problem, isBroken }: Scope): void {
  if (isBroken(['sources', source.id, 'params'])) return
  for (const [name, value] of Object.entries(params)) {
    const param = source.params.find((candidate) => candidate.name === name)
    const known = source.params.map((candidate) => candidate.name)
    const called = source.params.find((candidate) => candidate.clientName === name)
    const wrong = param
      ? misfit(param.schema, value)
      : `"${source.id}" declares no such parameter${called ? `; clients call "${called.name}" so, and here stands its key` : suggest(name, known)}`
    if (wrong !== null) problem([...path, name], wrong)
  }
}

function misfit(schema: object, value: TemplateValue): string | null {
  if (isInexact(value)) return INEXACT
  const read = readUserSchema(schema)
  // a wrong schema is reported at the parameter
  const wrong = 'problems' in read ? null : read.check(value)
  return wrong === null ? null : `does not fit the parameter's schema: ${wrong}`
}

function checkRepeats(ids: readonly string[], path: Path, { problem }: Scope): void {
  ids.forEach((id, index) => {
    if (ids.indexOf(id) < index)
      problem([...path, index], `"${id}" is listed twice; use a map to ask a source more than once`)
  })
}

/**
 * A source that takes data of an unsafe one uses the view's entry for it, because each entry of an unsafe source is a
 * call of its own. There must be exactly one.
 */
export function checkUnsafeFeeds(
  { id, entries }: View,
  input: EntriesInput | undefined,
  sources: Sources,
  { problem, isBroken }: Scope,
): void {
  for (const [index, { key, source: asked }] of entries.entries()) {
    const path = ['views', id, 'sources', Array.isArray(input) ? index : key]
    for (const from of unsafeFeeds(asked, sources)) {
      const count = entries.filter(({ source }) => source === from).length
      if (count === 1 || isBroken(['sources', from])) continue
      problem(path, count === 0 ? missingFeed(asked, from) : repeatedFeed(asked, from, count))
    }
  }
}

/** The unsafe sources whose data a source takes, directly or through others. */
function unsafeFeeds(id: string, sources: Sources): readonly string[] {
  const walked = new Set([id])
  // the iterator of a set also visits elements that are added during the loop
  for (const one of walked) {
    const source = sources.get(one)
    for (const { from } of source ? dependenciesOf(source) : []) walked.add(from)
  }
  walked.delete(id)
  return [...walked].filter((from) => sources.get(from)?.safe === false)
}

function missingFeed(asked: string, from: string): string {
  return `"${asked}" takes data of "${from}", which is unsafe, so that it must be in the view, too; add ${from}`
}

function repeatedFeed(asked: string, from: string, count: number): string {
  return `"${asked}" takes data of "${from}", which the view asks ${count} times, and each is a call of its own; keep one`
}

/** Checks how many sources one answer of a view contains, and how many it calls. */
export function checkCount(view: View, sources: Sources, { problem }: Scope): void {
  const path = ['views', view.id, 'sources']
  const count = view.entries.length
  if (count > MAX_SOURCES) {
    problem(path, `has ${count} sources; an answer has at most ${MAX_SOURCES}`)
    return
  }
  const needed = neededBy(view, sources)
  if (count + needed <= MAX_PLANNED) return
  const together = `asks ${count} sources, which need ${needed} others; an answer asks at most ${MAX_PLANNED} together`
  problem(path, together)
}

/** The number of sources that are called only because entries depend on them; src/aggregate/menu.ts finds the same. */
function neededBy({ entries }: View, sources: Sources): number {
  const walked = new Set(entries.map((entry) => entry.source))
  const needed = new Set<string>()
  // the iterator of a set also visits elements that are added during the loop
  for (const id of walked) {
    const source = sources.get(id)
    for (const { from } of source ? dependenciesOf(source) : []) {
      walked.add(from)
      const having = entries.filter((entry) => entry.source === from)
      if (having.length !== 1 && !having.some(({ key }) => key === from)) needed.add(from)
    }
  }
  return needed.size
}
