import Type from 'typebox'
import { block, byName, count, description, flag, size, switchable, templateValue, timeout } from './schema-parts.ts'

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
        description: 'Calls that may wait for a place; what comes on top fails at once. Default 100.',
        default: 100,
        examples: [0],
      }),
    ),
  },
  { description: 'Bounds what one source may have in flight.' },
)

const headers = Type.Record(Type.String(), Type.String(), { description: 'Request headers by name.' })

/** The keys that a source and `defaults` share. */
export const sharedProperties = {
  description: Type.Optional(description('it')),
  method: Type.Optional(
    Type.Literal('GET', { description: 'The HTTP method: GET. Default GET.', default: 'GET', examples: ['GET'] }),
  ),
  values: Type.Optional(
    switchable(byName(templateValue, { description: 'Template values by name.' }), {
      description: 'Template values that no client can set. Never shown. Default: none.',
      examples: [{ units: 'metric' }],
    }),
  ),
  headers: Type.Optional(
    switchable(headers, {
      description: 'Request headers, by name. Never shown. Default: none.',
      examples: [{ 'accept-language': 'en' }],
    }),
  ),
  forwardHeaders: Type.Optional(
    Type.Array(Type.String(), {
      description:
        "Names of the client's request headers that are passed on; nothing else of its request is, but see `propagate`. Default: none.",
      default: [],
      examples: [['authorization']],
    }),
  ),
  propagate: Type.Optional(
    flag({
      description: "Sends x-request-id and a W3C traceparent (child of the client's, else new). Default true.",
      default: true,
      examples: [false],
    }),
  ),
  timeout: Type.Optional(
    timeout({
      description: 'Of the whole call: queueing and attempts. A duration such as 800ms or 2s. Default 1s.',
      default: '1s',
      examples: ['800ms'],
    }),
  ),
  attemptTimeout: Type.Optional(
    timeout({
      description:
        'Of one attempt, connection to last byte; at most `timeout`. A duration such as 500ms. Default: `timeout`.',
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
  bulkhead: Type.Optional(
    switchable(bulkheadSchema, {
      description: 'Bounds what the source may have in flight. Default 100 calls and 100 waiting.',
      default: {},
      examples: [{ maxInFlight: 20, maxQueue: 0 }],
    }),
  ),
  fallback: Type.Optional(
    Type.Unknown({
      description: 'Any JSON value, null and false too, used as it is when all else failed. Default: none.',
      examples: [{ articles: [] }],
    }),
  ),
  required: Type.Optional(
    flag({ description: 'Whether its failure fails the answer. Default false.', default: false, examples: [true] }),
  ),
  format: Type.Optional(
    Type.Literal('json', { description: 'What the body is: json. Default json.', default: 'json', examples: ['json'] }),
  ),
  emptyStatuses: Type.Optional(
    Type.Array(Type.Integer({ minimum: 300, maximum: 599 }), {
      description: 'HTTP statuses (300 to 599) that mean "empty", not failed. Default: none.',
      default: [],
      examples: [[404]],
    }),
  ),
  schema: Type.Optional(
    Type.Record(Type.String(), Type.Unknown(), {
      description: 'JSON Schema (2020-12) of the data, for the document and typed clients. Default: none.',
      examples: [{ type: 'object' }],
      literal: true,
    }),
  ),
  validate: Type.Optional(
    flag({
      description: 'Whether data that does not fit `schema` is refused as invalid_body. Default false.',
      default: false,
      examples: [true],
    }),
  ),
  hidden: Type.Optional(
    flag({ description: 'Whether it only feeds other sources. Default false.', default: false, examples: [true] }),
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
}
