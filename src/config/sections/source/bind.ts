import Type from 'typebox'
import type { Binding } from '../../../source/options.ts'
import { readOptional } from '../../schema/embedded.ts'
import type { Input } from '../../schema/input.ts'
import { block, byName } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'

/** The id of a source whose data is taken. */
export const fromSchema = (description: string, example: string) =>
  Type.String({ description, examples: [example], literal: true })

const bindingSchema = block(
  {
    from: fromSchema('The id of the source whose data it is taken from. Required.', 'user'),
    select: Type.Optional(
      Type.String({
        description: 'A JMESPath expression on that data that yields a scalar. Default: all of the data.',
        examples: ['id'],
      }),
    ),
  },
  { description: "A template value from another source's data.", examples: [{ from: 'user', select: 'id' }] },
)

export const bindSchema = byName(bindingSchema, {
  description: "Template values that are taken from other sources' data, by name. Default: none.",
  examples: [{ userId: { from: 'user', select: 'id' } }],
  alsoCalled: 'dependson depends needs after',
  hint: 'Write for example bind: { userId: { from: user, select: id } }',
})

export type BindInput = Input<typeof bindSchema>

/** Resolves `bind`. Omits entries without `from`; they were reported. */
export function resolveBind(id: string, input: BindInput = {}, scope: Scope): readonly Binding[] {
  return Object.entries(input).flatMap(([name, { from, select }]) => {
    const compiled = readOptional(select, ['sources', id, 'bind', name, 'select'], scope)
    return from === undefined ? [] : [{ name, from, select: compiled }]
  })
}
