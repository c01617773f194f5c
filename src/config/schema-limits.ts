import Type from 'typebox'
import { between, block, count, number, timeout } from './schema/parts.ts'

export const breakerSchema = block(
  {
    window: Type.Optional(
      timeout({
        description: 'How far it looks back. A duration such as 10s. Default 10s.',
        default: '10s',
        examples: ['30s'],
      }),
    ),
    minCalls: Type.Optional(
      count(1, {
        description: 'Below so many attempts within the window it never opens. Default 20.',
        default: 20,
        examples: [50],
      }),
    ),
    failureRate: Type.Optional(
      number(
        { exclusiveMinimum: 0, maximum: 1 },
        {
          description: 'It opens when this share of them fails, above 0 to 1. Default 0.5.',
          default: 0.5,
          examples: [0.25],
        },
      ),
    ),
    openFor: Type.Optional(
      timeout({
        description:
          'How long it stays open, doubled each time until it closes again. A duration such as 5s. Default 5s.',
        default: '5s',
        examples: ['10s'],
      }),
    ),
    slowAfter: Type.Optional(
      timeout({
        description:
          'An attempt that takes longer is slow. A duration such as 400ms. Default: none, slowness does not count.',
        examples: ['400ms'],
      }),
    ),
    slowRate: Type.Optional(
      number(
        { exclusiveMinimum: 0, maximum: 1 },
        {
          description: 'It opens when this share of them is slow (see `slowAfter`), above 0 to 1. Default 0.5.',
          default: 0.5,
          examples: [0.8],
        },
      ),
    ),
  },
  { description: 'Stops asking a source that keeps failing.' },
)

export const bulkheadSchema = block(
  {
    maxInFlight: Type.Optional(
      count(1, {
        description: 'Calls in flight at once; also the connections. Default 100.',
        default: 100,
        examples: [20],
      }),
    ),
    maxQueue: Type.Optional(
      count(0, {
        description:
          'Calls that may wait for a place; what comes on top fails at once. Default: no bound of its own, so that a fast source never refuses what the server admits (`server.maxInFlight` answers of `server.maxAttempts` attempts). Calls leave at their timeout, and those that would not have as much time left as an attempt usually takes are not made.',
        examples: [0],
      }),
    ),
  },
  { description: 'Bounds what one source may have in flight.' },
)

export const rateLimitSchema = block(
  {
    max: Type.Optional(
      between(1, 1_000_000, { description: 'Attempts in each `per`, and at once. Required.', examples: [50] }),
    ),
    per: Type.Optional(timeout({ description: 'A duration such as 1s. Required.', examples: ['1s'] })),
  },
  { description: 'Bounds how often a source is asked.' },
)
