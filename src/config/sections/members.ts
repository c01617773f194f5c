import { suggest } from '../../core/known-names.ts'
import { treeOf } from '../schema/embedded.ts'
import { type Form, formOf, isObject, itemsOf, UNKNOWN } from '../schema/form.ts'
import { follow, type Missing } from '../schema/members.ts'
import type { Scope } from '../schema/report.ts'
import { type Path, quote } from '../text/problems.ts'
import type { SourceScope } from './source/scope.ts'
import type { SourceInput } from './source/source.ts'
import { conditionForm } from './source/when.ts'
import type { ViewConfig, ViewInput } from './view.ts'

type Source = SourceScope<SourceInput>
type Views = Readonly<Record<string, ViewInput>>
type Forms = ReadonlyMap<string, Form>

/** Warns of members that an expression reads but its data never has: they evaluate to null without any error. */
export function warnOfMembers(
  scope: Scope,
  scopes: readonly Source[],
  views: ReadonlyMap<string, ViewConfig>,
  written: Views,
): void {
  const forms = dataForms(scopes)
  for (const view of views.values()) warnOfShape(scope, view, written[view.id]?.shape, forms)
  for (const source of scopes) warnOfTaken(source, forms)
}

function warnOfShape(scope: Scope, { id, entries }: ViewConfig, shape: Views[string]['shape'], forms: Forms): void {
  if (shape === undefined || scope.isBroken(['views', id, 'sources'])) return
  const members = entries.map(({ key, source }) => [key, forms.get(source) ?? UNKNOWN] as const)
  const lacks = 'the view does not have, so that it is null'
  const data: Form = { members: new Map(members), isOpen: false, lacks }
  const path = ['views', id, 'shape']
  if (typeof shape === 'string') return warnOfMissing(scope, shape, path, data)
  for (const [key, text] of Object.entries(shape)) warnOfMissing(scope, text, [...path, key], data)
}

/** Warns of members that `bind`, `forEach` and `when` read but the other source's data never has. */
function warnOfTaken(scope: Source, forms: Forms): void {
  const { bind = {}, forEach } = scope.own
  const path = ['sources', scope.id]
  for (const [name, { from, select }] of Object.entries(bind))
    warnOfMissing(scope, select, [...path, 'bind', name, 'select'], formById(from, forms))
  const needed = [...new Set([...scope.source.bind.map(({ from }) => from), ...(forEach?.from ? [forEach.from] : [])])]
  const data = conditionForm(scope, new Map(needed.map((id) => [id, formById(id, forms)])))
  warnOfMissing(scope, scope.written.when, scope.at('when'), data)
  warnOfMissing(scope, forEach?.select, [...path, 'forEach', 'select'], formById(forEach?.from, forms))
}

function formById(id: string | undefined, forms: Forms): Form {
  return id === undefined ? UNKNOWN : (forms.get(id) ?? UNKNOWN)
}

function warnOfMissing({ warn, isBroken, isFromEnvironment }: Scope, text: string | undefined, path: Path, data: Form) {
  const tree = treeOf(text)
  if (tree === null || isBroken(path)) return
  for (const missing of follow(tree, data).missing)
    warn(path, isFromEnvironment(path) ? `reads a member that ${missing.of.lacks}` : sentence(missing))
}

function sentence({ name, of: { lacks, members } }: Missing): string {
  return `reads ${quote(name)}, which ${lacks}${suggest(name, [...members.keys()])}`
}

/** The form of each source's data by source id, from its schema, else from its select. */
function dataForms(scopes: readonly Source[]): ReadonlyMap<string, Form> {
  return new Map(scopes.map((scope) => [scope.id, dataForm(scope)]))
}

/** UNKNOWN for a source with a fallback: that need not match the schema or the result of select. */
function dataForm({ id, source, written, hasBroken }: Source): Form {
  if (source.fallback !== null || hasBroken('schema', 'select', 'fallback', 'forEach')) return UNKNOWN
  const described = formOf(source.schema, `the schema of "${id}" does not name`)
  const one = described === UNKNOWN ? selectedForm(id, written.select) : described
  return source.forEach === null ? one : { items: one }
}

function selectedForm(id: string, select: string | undefined): Form {
  const tree = treeOf(select)
  const form = tree === null ? UNKNOWN : follow(tree, UNKNOWN).result
  return renamed(form, `the select of "${id}" does not yield, so that it is null`)
}

function renamed(form: Form, lacks: string): Form {
  if (form === UNKNOWN) return UNKNOWN
  if (!isObject(form)) return { items: renamed(itemsOf(form), lacks) }
  const members = [...form.members].map(([name, member]) => [name, renamed(member, lacks)] as const)
  return { ...form, members: new Map(members), lacks }
}
