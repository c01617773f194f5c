import Type from 'typebox'
import { block, count, duration, flag, size, timeout } from './schema/parts.ts'

const PROXIES = 'true, false, a number of hops, an address or CIDR range, or a list of these'

export const serverSchema = block(
  {
    host: Type.Optional(
      Type.String({
        description: 'Address to listen on; HOST overrides it. Default 127.0.0.1.',
        default: '127.0.0.1',
        examples: ['0.0.0.0'],
        pattern: '^[^\\s/]+$',
        expects: 'a host name or address, without scheme, port or path',
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        description: 'Port to listen on, 0 to 65535 (0: any free one); PORT overrides it. Default 3000.',
        default: 3000,
        examples: [8080],
        minimum: 0,
        maximum: 65535,
      }),
    ),
    trustProxy: Type.Optional(
      Type.Union(
        [
          Type.Boolean(),
          Type.Integer({ minimum: 0 }),
          Type.String({ pattern: '^(loopback|linklocal|uniquelocal|.*[.:].*)$', expects: PROXIES }),
          Type.Array(Type.String(), { minItems: 1 }),
        ],
        {
          description:
            'Whose X-Forwarded-* headers to believe: false, true (anyone), a number of hops, or addresses and CIDR ranges. Default false.',
          default: false,
          examples: [1, ['10.0.0.0/8']],
          expects: PROXIES,
        },
      ),
    ),
    docs: Type.Optional(
      flag({
        description:
          'Whether /docs serves Swagger UI, and the OpenAPI document as /docs/json and /docs/yaml. Default true.',
        default: true,
        examples: [false],
      }),
    ),
    serverTiming: Type.Optional(
      flag({ description: 'Whether answers carry Server-Timing. Default true.', default: true, examples: [false] }),
    ),
    explain: Type.Optional(
      flag({ description: 'Whether explain=true is allowed. Default true.', default: true, examples: [false] }),
    ),
    compress: Type.Optional(
      flag({
        description: 'Whether answers above 1 KiB are compressed (gzip, br). Default true.',
        default: true,
        examples: [false],
      }),
    ),
    maxInFlight: Type.Optional(
      count(1, { description: 'Answers in work; above it 503 at once. Default 1000.', default: 1000, examples: [200] }),
    ),
    maxBody: Type.Optional(
      size({
        description: "Of a client's request body; above it 413. A size such as 64kb. Default 64kb.",
        default: '64kb',
        examples: ['1mb'],
      }),
    ),
    maxAttempts: Type.Optional(
      count(1, {
        description:
          'Upstream requests that one answer may cost, all its sources and items together. Further first attempts fail with connection_limit_reached, further retries and hedges are not made. Default 1000.',
        default: 1000,
        examples: [200],
      }),
    ),
    maxAnswerBytes: Type.Optional(
      size({
        description:
          'Data of one answer, that of all its calls together. Calls whose data does not fit any more fail with http_response_body_size. A size such as 32mb. Default 32mb.',
        default: '32mb',
        examples: ['8mb'],
      }),
    ),
    drainDelay: Type.Optional(
      duration({
        description: 'On SIGTERM: unready, but serving on, for this long. A duration such as 5s. Default 0s.',
        default: '0s',
        examples: ['5s'],
      }),
    ),
    shutdownTimeout: Type.Optional(
      duration({
        description: 'Then what is in flight may finish, at most this long. A duration such as 10s. Default 10s.',
        default: '10s',
        examples: ['30s'],
      }),
    ),
  },
  { description: 'The HTTP server.', examples: [{ port: 8080 }] },
)

export const deadlineSchema = block(
  {
    default: Type.Optional(
      timeout({
        description: 'Of one answer; at most `max`. A duration such as 2s. Default 2s.',
        default: '2s',
        examples: ['1500ms'],
      }),
    ),
    max: Type.Optional(
      timeout({
        description: 'The most a view may configure. A duration such as 10s. Default 10s.',
        default: '10s',
        examples: ['5s'],
      }),
    ),
    reserve: Type.Optional(
      duration({
        description: 'Kept back to write the answer. A duration such as 25ms. Default 25ms.',
        default: '25ms',
        examples: ['50ms'],
      }),
    ),
  },
  { description: 'When answers are due.', examples: [{ default: '1500ms' }] },
)
