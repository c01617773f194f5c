import Type from 'typebox'
import { between, byName, description, flag, size, switchable, templateValue, timeout } from './schema-parts.ts'
import { policyProperties } from './schema-policies.ts'

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

const headers = Type.Record(Type.String(), Type.String(), { description: 'Request headers by name.' })

/** The keys that a source and `defaults` share. */
export const sharedProperties = {
  description: Type.Optional(description('it')),
  method: Type.Optional(
    Type.Literal('GET', { description: 'The HTTP method: GET. Default GET.', default: 'GET', examples: ['GET'] }),
  ),
  idempotent: Type.Optional(
    flag({
      description: 'Whether the same request may be made twice: retried, and hedged. Default: true for GET.',
      examples: [false],
    }),
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
