import Type from 'typebox'
import { between, block, byName, NAME_PATTERN, NAME_RULE } from './schema/parts.ts'

const from = (description: string, example: string) => Type.String({ description, examples: [example], literal: true })

const bindingSchema = block(
  {
    from: from('The id of the source whose data it is taken from. Required.', 'user'),
    select: Type.Optional(
      Type.String({
        description: 'What is taken of that data: a JMESPath expression that yields a scalar. Default: all of it.',
        examples: ['id'],
      }),
    ),
  },
  { description: "A template value from another source's data.", examples: [{ from: 'user', select: 'id' }] },
)

export const bindSchema = byName(bindingSchema, {
  description: "Template values that are taken from other sources' data, by name. Default: none.",
  examples: [{ userId: { from: 'user', select: 'id' } }],
})

export const forEachSchema = block(
  {
    from: from('The id of the source whose data holds the list. Required.', 'stories'),
    select: Type.Optional(
      Type.String({
        description: 'Where in that data the list is: a JMESPath expression. Default: the data is the list.',
        examples: ['[:10]'],
      }),
    ),
    as: Type.String({
      description: 'The template variable that each item becomes. Required.',
      examples: ['id'],
      pattern: NAME_PATTERN,
      expects: NAME_RULE,
      literal: true,
    }),
    limit: Type.Optional(
      between(1, 1000, {
        description: 'How many items are called for; what is beyond is cut off. 1 to 1000. Default 50.',
        default: 50,
        examples: [10],
      }),
    ),
    concurrency: Type.Optional(
      between(1, 100, { description: 'Calls at once, 1 to 100. Default 10.', default: 10, examples: [5] }),
    ),
  },
  {
    description: "One call for each item of a list in another source's data. Default: one call.",
    examples: [{ from: 'stories', select: '[:10]', as: 'id' }],
  },
)
