import Type from 'typebox'
import { between, byName, description, flag, size, timeout } from './schema/parts.ts'
import { bindSchema, forEachSchema } from './schema-compose.ts'
import { dataProperties } from './schema-data.ts'
import { policyProperties } from './schema-policies.ts'
import { requestProperties } from './schema-request.ts'

const param = Type.Object(
  {
    required: Type.Optional(
      Type.Union([Type.Boolean(), Type.Array(Type.String())], {
        description:
          'Whether a call cannot be made without it. Default: true in the path where there is no `default`, else false. (A list is the keyword of JSON Schema.)',
        examples: [true],
        expects: 'true or false',
      }),
    ),
  },
  {
    description: 'JSON Schema (2020-12) of the value, plus `required`.',
    examples: [{ type: 'string', minLength: 1, default: 'London' }],
  },
)

/** The keys that a source and `defaults` share. */
export const sharedProperties = {
  description: Type.Optional(description('it')),
  ...requestProperties,
  timeout: Type.Optional(
    timeout({
      description:
        'Of the whole call: queueing, attempts and the waits between them. A duration such as 800ms or 2s. Default 1s.',
      default: '1s',
      examples: ['800ms'],
    }),
  ),
  attemptTimeout: Type.Optional(
    timeout({
      description:
        'Of one attempt, connection to last byte; at most `timeout`. A duration such as 500ms. Default: `timeout`, and then timeouts are not retried.',
      examples: ['500ms'],
    }),
  ),
  connectTimeout: Type.Optional(
    timeout({
      description: 'Of lookup, TCP and TLS; never above `attemptTimeout`. A duration such as 300ms. Default 300ms.',
      default: '300ms',
      examples: ['100ms'],
    }),
  ),
  maxBytes: Type.Optional(
    size({
      description: 'Of the decoded body. A size such as 512kb or 1mb (1 kb = 1024 bytes). Default 1mb.',
      default: '1mb',
      examples: ['512kb'],
    }),
  ),
  ...policyProperties,
  fallback: Type.Optional(
    Type.Unknown({
      description: 'Any JSON value, null and false too, used as it is when all else failed. Default: none.',
      examples: [{ articles: [] }],
    }),
  ),
  required: Type.Optional(
    flag({ description: 'Whether its failure fails the answer. Default false.', default: false, examples: [true] }),
  ),
  ...dataProperties,
  redirects: Type.Optional(
    between(0, 10, {
      description: 'How many redirects are followed, on the same origin only: 0 to 10. Default 0.',
      default: 0,
      examples: [3],
    }),
  ),
  denyPrivateAddresses: Type.Optional(
    flag({
      description:
        'Whether loopback, private and link-local addresses are refused, also where a name leads to one. Default false.',
      default: false,
      examples: [true],
    }),
  ),
  deadlineHeader: Type.Optional(
    Type.String({
      description: 'The header that tells the source how many milliseconds an attempt has left. Default: none.',
      examples: ['x-request-timeout-ms'],
    }),
  ),
  hidden: Type.Optional(
    flag({
      description: 'Whether it is left out of /aggregate: it feeds other sources, or stands in views. Default false.',
      default: false,
      examples: [true],
    }),
  ),
}

/** The keys that only a source has. */
export const ownProperties = {
  url: Type.String({
    description:
      'An RFC 6570 (level 4) template, http or https. The origin can hold no variable. Never shown. Required.',
    examples: ['https://api.openweathermap.org/data/2.5/weather{?q,units,appid}'],
  }),
  params: Type.Optional(
    byName(param, {
      description: 'What a client may pass, by name. Default: nothing.',
      examples: [{ q: { type: 'string', default: 'London' } }],
      literal: true,
    }),
  ),
  bind: Type.Optional(bindSchema),
  forEach: Type.Optional(forEachSchema),
}
