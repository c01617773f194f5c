import type { ViewConfig } from './config.ts'
import { dataForms, readOrNull } from './data-form.ts'
import { type Form, UNKNOWN } from './schema/form.ts'
import { follow, type Missing } from './schema/members.ts'
import { misfitsOf } from './schema/misfits.ts'
import type { Written } from './schema.ts'
import type { Scope, SourceScope } from './scope.ts'
import { type Path, quote, suggest } from './text/problems.ts'

type Views = NonNullable<Written['views']>
type Forms = ReadonlyMap<string, Form>

/** Warns of members that an expression reads, and that its data never has: they are null, and no error says so. */
export function warnOfMembers(
  scope: Scope,
  scopes: readonly SourceScope[],
  views: ReadonlyMap<string, ViewConfig>,
  written: Views,
): void {
  const forms = dataForms(scopes)
  for (const view of views.values()) warnOfShape(scope, view, written[view.id]?.shape, forms)
  for (const source of scopes) {
    warnOfTaken(source, forms)
    warnOfSelect(source)
  }
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

/** What it takes from other sources' data. */
function warnOfTaken(scope: SourceScope, forms: Forms): void {
  const { bind = {}, forEach } = scope.own
  const path = ['sources', scope.id]
  for (const [name, { from, select }] of Object.entries(bind))
    warnOfMissing(scope, select, [...path, 'bind', name, 'select'], formOf(from, forms))
  warnOfMissing(scope, forEach?.select, [...path, 'forEach', 'select'], formOf(forEach?.from, forms))
}

function formOf(id: string | undefined, forms: Forms): Form {
  return id === undefined ? UNKNOWN : (forms.get(id) ?? UNKNOWN)
}

/** A source's schema describes what its select yields. */
function warnOfSelect({ source, written, at, warn, hasBroken }: SourceScope): void {
  const tree = readOrNull(written.select)
  if (tree === null || source.schema === null || hasBroken('schema', 'select')) return
  for (const misfit of misfitsOf(follow(tree, UNKNOWN).result, source.schema)) warn(at('select'), misfit)
}

function warnOfMissing({ warn, isBroken, isFromEnvironment }: Scope, text: string | undefined, path: Path, data: Form) {
  const tree = readOrNull(text)
  if (tree === null || isBroken(path)) return
  for (const missing of follow(tree, data).missing)
    warn(path, isFromEnvironment(path) ? `reads a member that ${missing.of.lacks}` : sentence(missing))
}

function sentence({ name, of: { lacks, members } }: Missing): string {
  return `reads ${quote(name)}, which ${lacks}${suggest(name, [...members.keys()])}`
}
