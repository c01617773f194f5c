import { suggest } from '../../core/known-names.ts'
import { NAME_PATTERN } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { dependenciesOf } from './source/dependencies.ts'
import { nameFor } from './source/params.ts'
import type { SourceDraft } from './source/scope.ts'
import type { ViewEntry } from './view-entries.ts'
import { type ViewPath, variablesOf } from './view-path.ts'

interface View {
  readonly id: string
  readonly path: ViewPath | null
  readonly entries: readonly ViewEntry[]
}
type Sources = ReadonlyMap<string, SourceDraft>

/** Checks that each variable of a view's path is a parameter that clients may set, of a source of the view. */
export function checkVariables(view: View, sources: Sources, { problem, isBroken }: Scope): void {
  const open = openParameters(view, sources)
  // a broken source may have the parameter
  if (isBroken(['sources']) || isBroken(['views', view.id, 'sources'])) return
  for (const name of variablesOf(view.path)) {
    if (open.has(name)) continue
    problem(
      ['views', view.id, 'path'],
      `no source of the view takes the parameter "${name}" from clients${howClientsCall(name, view, sources) ?? suggest(name, [...open])}`,
    )
  }
}

/** The end of a message if `name` is a parameter that clients call otherwise; else null. */
function howClientsCall(name: string, { entries }: View, sources: Sources): string | null {
  const all = entries.flatMap(({ source }) => sources.get(source)?.params ?? [])
  const { clientName } = all.find((param) => param.name === name && param.clientName !== undefined) ?? {}
  if (clientName === undefined) return null
  return new RegExp(NAME_PATTERN).test(clientName)
    ? `, who call it "${clientName}"; write {${clientName}}`
    : `, who call it "${clientName}", which no path can hold; leave its "name" out`
}

/** What clients call the parameters that the entries, and the sources they need, take from them. */
function openParameters({ entries }: View, sources: Sources): ReadonlySet<string> {
  const own = entries.flatMap(({ source, params }) => {
    const open = sources.get(source)?.params.filter(({ name }) => !Object.hasOwn(params, name)) ?? []
    return open.map(nameFor)
  })
  const walked = new Set(entries.map(({ source }) => source))
  const asked = new Set(walked)
  // the iterator of a set also visits elements that are added during the loop
  for (const id of walked) {
    const source = sources.get(id)
    for (const { from } of source ? dependenciesOf(source) : []) walked.add(from)
  }
  const needed = [...walked].filter((id) => !asked.has(id))
  return new Set([...own, ...needed.flatMap((id) => sources.get(id)?.params.map(nameFor) ?? [])])
}
