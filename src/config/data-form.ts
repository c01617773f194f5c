import { type ExpressionTree, readTree } from '../json/jmespath.ts'
import { type Form, formOf, isObject, itemsOf, UNKNOWN } from './schema/form.ts'
import { follow } from './schema/members.ts'
import type { SourceScope } from './scope.ts'

/** By the id of a source: what is known of its data, from its schema, else from its select. */
export function dataForms(scopes: readonly SourceScope[]): ReadonlyMap<string, Form> {
  return new Map(scopes.map((scope) => [scope.id, dataForm(scope)]))
}

/** A fallback need not be what the schema says, nor what select yields. */
function dataForm({ id, source, written, hasBroken }: SourceScope): Form {
  if (source.fallback !== null || hasBroken('schema', 'select', 'fallback', 'forEach')) return UNKNOWN
  const described = formOf(source.schema, `the schema of "${id}" does not name`)
  const one = described === UNKNOWN ? selectedForm(id, written.select) : described
  return source.forEach === null ? one : { items: one }
}

function selectedForm(id: string, select: string | undefined): Form {
  const tree = readOrNull(select)
  const form = tree === null ? UNKNOWN : follow(tree, UNKNOWN).result
  return renamed(form, `the select of "${id}" does not yield, so that it is null`)
}

function renamed(form: Form, lacks: string): Form {
  if (form === UNKNOWN) return UNKNOWN
  if (!isObject(form)) return { items: renamed(itemsOf(form), lacks) }
  const members = [...form.members].map(([name, member]) => [name, renamed(member, lacks)] as const)
  return { ...form, members: new Map(members), lacks }
}

/** Null where there is no expression, or where it is wrong, which was told. */
export function readOrNull(text: string | undefined): ExpressionTree | null {
  try {
    return text === undefined ? null : readTree(text)
  } catch {
    return null
  }
}
