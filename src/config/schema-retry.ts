import Type from 'typebox'
import { between, block, duration, number, switchable, timeout } from './schema/parts.ts'

export const budgetSchema = block(
  {
    ratio: Type.Optional(
      number(
        { minimum: 0, maximum: 1 },
        { description: 'Extra attempts for each call, 0 to 1. Default 0.2.', default: 0.2, examples: [0.1] },
      ),
    ),
    minPerSecond: Type.Optional(
      number(
        { minimum: 0 },
        {
          description: 'Extra attempts a second on top, for a source that is called rarely. Default 3.',
          default: 3,
          examples: [0.5],
        },
      ),
    ),
  },
  { description: 'Bounds the attempts beyond the first of each call.' },
)

export const retrySchema = block(
  {
    attempts: Type.Optional(
      between(1, 5, {
        description: 'Of one call, the first included: 1 to 5. Default 2.',
        default: 2,
        examples: [3],
      }),
    ),
    baseDelay: Type.Optional(
      duration({
        description:
          'The longest wait before the first retry, twice that before the next, and so on; at most `maxDelay`. A duration such as 25ms. Default 25ms.',
        default: '25ms',
        examples: ['50ms'],
      }),
    ),
    maxDelay: Type.Optional(
      duration({
        description: 'The longest wait before any retry. A duration such as 250ms. Default 250ms.',
        default: '250ms',
        examples: ['1s'],
      }),
    ),
    minTime: Type.Optional(
      duration({
        description:
          'The least time in which an attempt can succeed: a retry that would have less is not made. A duration such as 10ms. Default 10ms.',
        default: '10ms',
        examples: ['50ms'],
      }),
    ),
    budget: Type.Optional(
      switchable(budgetSchema, {
        description:
          'Bounds what retries and hedges of the source add to its load, over ten seconds. Default 0.2 of the calls and 3 a second.',
        default: {},
        examples: [{ ratio: 0.1 }],
      }),
    ),
  },
  { description: 'Tries again after a failure that may pass.' },
)

export const hedgeSchema = block(
  {
    after: Type.Optional(
      timeout({
        description: 'How long an attempt takes before another starts. A duration such as 80ms. Default: none.',
        examples: ['80ms'],
      }),
    ),
    maxExtraLoad: Type.Optional(
      number(
        { exclusiveMinimum: 0, maximum: 0.5 },
        {
          description:
            'Instead of `after`: the share of calls that may have a second attempt, above 0 to 0.5; when it starts is learned from how long attempts take. Default: none.',
          examples: [0.02],
        },
      ),
    ),
  },
  { description: 'Starts a second attempt beside one that takes long: either `after` or `maxExtraLoad`.' },
)
