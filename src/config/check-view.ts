import { MAX_PLANNED, MAX_SOURCES } from '../core/limits.ts'
import { findErrors } from '../json/shape.ts'
import type { TemplateValue } from '../source/template.ts'
import { INEXACT, isInexact } from './check-params.ts'
import type { DeadlineConfig, ViewConfig } from './config.ts'
import { dependenciesOf } from './graph.ts'
import type { SourceDraft } from './resolve-source.ts'
import { reasonOf, remedyOf } from './safety.ts'
import { readUserSchema } from './schema/user-schema.ts'
import type { WrittenView } from './schema.ts'
import type { Scope } from './scope.ts'
import { type Path, suggest } from './text/problems.ts'
import { formatMs } from './text/units.ts'

export interface ViewScope extends Scope {
  readonly view: ViewConfig
  readonly written: WrittenView
  readonly sources: ReadonlyMap<string, SourceDraft>
  readonly deadline: DeadlineConfig
}

/** Everything that the schema can't say of one view. */
export function checkView(scope: ViewScope): void {
  const { view, problem } = scope
  const path = ['views', view.id]
  checkDeadline(scope, [...path, 'deadline'])
  view.entries.forEach((entry, index) => {
    const at = Array.isArray(scope.written.sources) ? index : entry.key
    checkEntry(scope, entry, [...path, 'sources', at])
  })
  checkRepeats(scope, [...path, 'sources'])
  warnOfShape(scope, [...path, 'shape'])
  const count = view.entries.length
  if (count > MAX_SOURCES) {
    problem([...path, 'sources'], `has ${count} sources; an answer has at most ${MAX_SOURCES}`)
    return
  }
  const needed = neededBy(scope)
  if (count + needed <= MAX_PLANNED) return
  const together = `asks ${count} sources, which need ${needed} others; an answer asks at most ${MAX_PLANNED} together`
  problem([...path, 'sources'], together)
}

/** The number of sources that are called only because entries depend on them; src/aggregate/entry.ts finds the same. */
function neededBy({ view, sources }: ViewScope): number {
  const walked = new Set(view.entries.map((entry) => entry.source))
  const needed = new Set<string>()
  // iterating a set visits what is added meanwhile
  for (const id of walked) {
    const source = sources.get(id)
    for (const { from } of source ? dependenciesOf(source) : []) {
      walked.add(from)
      const having = view.entries.filter((entry) => entry.source === from)
      if (having.length !== 1 && !having.some(({ key }) => key === from)) needed.add(from)
    }
  }
  return needed.size
}

function checkDeadline({ view, written, deadline, problem, show, isBroken }: ViewScope, path: Path): void {
  if (written.deadline === undefined || view.deadlineMs <= deadline.maxMs || isBroken(['deadline'])) return
  const most = show(['deadline', 'max'], formatMs(deadline.maxMs))
  problem(path, `${show(path, formatMs(view.deadlineMs))} is above deadline.max, which is ${most}; write at most that`)
}

function checkEntry(scope: ViewScope, entry: ViewConfig['entries'][number], path: Path): void {
  const { sources, problem, isBroken } = scope
  const source = sources.get(entry.source)
  if (source) {
    checkFixed(scope, source, entry.params, [...path, 'params'])
    if (!source.safe && !isBroken(['sources', source.id]))
      problem(
        path,
        `${reasonOf(source, sources)}, and views ask safe sources only; leave it out, or ${remedyOf(source)}`,
      )
  } else if (!isBroken(path) && !isBroken(['sources', entry.source])) {
    problem(path, `there is no source "${entry.source}"${suggest(entry.source, [...sources.keys()])}`)
  }
}

function checkFixed(
  scope: ViewScope,
  source: SourceDraft,
  fixed: Readonly<Record<string, TemplateValue>>,
  path: Path,
): void {
  if (scope.isBroken(['sources', source.id, 'params'])) return
  for (const [name, value] of Object.entries(fixed)) {
    const param = source.params.find((candidate) => candidate.name === name)
    const known = source.params.map((candidate) => candidate.name)
    const wrong = param
      ? misfit(param.schema, value)
      : `"${source.id}" declares no such parameter${suggest(name, known)}`
    if (wrong !== null) scope.problem([...path, name], wrong)
  }
}

function misfit(schema: object, value: TemplateValue): string | null {
  if (isInexact(value)) return INEXACT
  const read = readUserSchema(schema)
  // a wrong schema is reported at the parameter
  const wrong = 'problems' in read ? null : read.check(value)
  return wrong === null ? null : `does not fit the parameter's schema: ${wrong}`
}

function checkRepeats({ written, problem }: ViewScope, path: Path): void {
  if (!Array.isArray(written.sources)) return
  written.sources.forEach((id, index, all) => {
    if (all.indexOf(id) < index)
      problem([...path, index], `"${id}" is listed twice; use a map to ask a source more than once`)
  })
}

/** Any source may fail: then an expression sees null. What may take for ever even then is not tried (expression.ts warns). */
function warnOfShape({ view, warn }: ViewScope, path: Path): void {
  if (view.shape === null) return
  const data = Object.fromEntries(view.entries.map(({ key }) => [key, null]))
  for (const { key } of findErrors(view.shape, data)) warn(key === null ? path : [...path, key], NO_GUARD)
}

const NO_GUARD =
  'errs when every source is null, and yields null then; guard what it calls, as in length(not_null(news, `[]`)) or length(news || `[]`)'
