import Type from 'typebox'
import { block, byId, byName, description, flag, ID_PATTERN, ID_RULE, templateValue, timeout } from './schema/parts.ts'

export const entrySchema = block(
  {
    source: Type.Optional(
      Type.String({ description: "A source's id. Default: the entry's key.", examples: ['weather'], literal: true }),
    ),
    params: Type.Optional(
      byName(templateValue, {
        description: 'Fixed parameters, which no client can set. Default: none.',
        examples: [{ q: 'Paris' }],
        literal: true,
      }),
    ),
    required: Type.Optional(
      flag({ description: "Whether its failure fails the answer. Default: the source's own.", examples: [true] }),
    ),
  },
  {
    description: 'One key of `data`; {} takes the source of that name as it is.',
    expects: 'a map; {} takes the source of that name as it is',
  },
)

export const viewSchema = block(
  {
    description: Type.Optional(description('it')),
    sources: Type.Union(
      [
        Type.Array(Type.String({ pattern: ID_PATTERN, expects: ID_RULE, literal: true }), { minItems: 1 }),
        byId(entrySchema, { description: 'Sources by key.', minProperties: 1 }),
      ],
      {
        description:
          'Ids of sources in the order of `data`, or a map, which may rename them and fix parameters. Required.',
        examples: [
          ['weather', 'news'],
          { paris: { source: 'weather', params: { q: 'Paris' }, required: true }, news: {} },
        ],
        expects: 'a list of source ids, or a map',
      },
    ),
    deadline: Type.Optional(
      timeout({
        description:
          'Of one answer of this view; at most `deadline.max`. A duration such as 1500ms. Default: `deadline.default`.',
        examples: ['1500ms'],
      }),
    ),
    shape: Type.Optional(
      Type.Union(
        [
          Type.String(),
          byId(Type.String({ expects: 'a JMESPath expression' }), {
            description: 'Expressions by the key that each becomes.',
            minProperties: 1,
          }),
        ],
        {
          description:
            'What becomes of `data`: a JMESPath expression over all of it, or a map of name: expression. Default: `data` as it is.',
          examples: [
            '{headline: news.articles[0].title, temp: weather.temp}',
            { headline: 'news.articles[0].title', temp: 'weather.temp' },
          ],
          expects: 'a JMESPath expression, or a map of name: expression',
        },
      ),
    ),
  },
  {
    description: 'A choice of sources, served as GET /aggregate/{view}.',
    examples: [{ sources: ['weather', 'news'] }],
  },
)
