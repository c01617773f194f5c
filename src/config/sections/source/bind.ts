import Type from 'typebox'
import { compileExpression } from '../../../json/jmespath.ts'
import type { Binding, ClaimBinding } from '../../../source/options.ts'
import { readOptional } from '../../schema/embedded.ts'
import type { Input } from '../../schema/input.ts'
import { block, byName } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import { CLAIMS } from './claims.ts'

/** The id of a source whose data is taken. */
export const fromSchema = (description: string, example: string) =>
  Type.String({ description, examples: [example], literal: true })

const bindingSchema = block(
  {
    from: fromSchema(
      "The id of the source whose data it is taken from, or `claims` for the client's verified token (`server.auth.jwt`). Required.",
      'user',
    ),
    select: Type.Optional(
      Type.String({
        description:
          'A JMESPath expression on that data that yields a scalar. Default: all of the data; required for claims.',
        examples: ['id'],
      }),
    ),
  },
  {
    description: "A template value from another source's data, or from the client's token.",
    examples: [{ from: 'user', select: 'id' }],
  },
)

export const bindSchema = byName(bindingSchema, {
  description:
    "Template values that are taken from other sources' data, or from the client's token, by name. Default: none.",
  examples: [{ userId: { from: 'user', select: 'id' } }],
  alsoCalled: 'dependson depends needs after',
  hint: 'Write for example bind: { userId: { from: user, select: id } }',
})

const ALL = compileExpression('@')

export type BindInput = Input<typeof bindSchema>

/**
 * Resolves `bind`: values from sources' data, and values from claims. Omits entries without `from`; they were reported.
 */
export function resolveBind(
  id: string,
  input: BindInput = {},
  scope: Scope,
): { readonly bind: readonly Binding[]; readonly claims: readonly ClaimBinding[] } {
  const bind: Binding[] = []
  const claims: ClaimBinding[] = []
  for (const [name, { from, select }] of Object.entries(input)) {
    const path = ['sources', id, 'bind', name]
    const compiled = readOptional(select, [...path, 'select'], scope)
    if (from === undefined) continue
    if (from !== CLAIMS) bind.push({ name, from, select: compiled })
    else claims.push({ name, select: compiled ?? ALL })
    if (from === CLAIMS && select === undefined && !scope.isBroken([...path, 'select']))
      scope.problem(path, 'takes all claims at once, which is no scalar; write for example select: sub')
  }
  return { bind, claims }
}
