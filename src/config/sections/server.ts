import type { AuthOptions } from '../../access/options.ts'
import type { ClientRateLimit } from '../../core/counter.ts'
import type { CorsConfig } from '../../http/cors.ts'
import type { Environment } from '../schema/environment.ts'
import type { Input } from '../schema/input.ts'
import { guesses } from '../schema/keywords.ts'
import { block, count, duration, flag, oneOf, optional, size } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { toBytes, toMs } from '../text/units.ts'
import { authSchema, resolveAuth } from './auth.ts'
import { clientRateLimitSchema, resolveClientRateLimit } from './client-rate-limit.ts'
import { corsSchema, resolveCors } from './cors.ts'
import { type ListenConfig, listenKeys, resolveListen } from './listen.ts'

/** The block `server`, resolved. Durations are milliseconds, sizes bytes. */
export interface ServerConfig extends ListenConfig {
  readonly docs: boolean
  readonly serverTiming: boolean
  readonly explain: boolean
  readonly simulate: boolean
  /** What happens to query keys that no asked source declares. */
  readonly unknownQuery: 'refuse' | 'ignore'
  readonly compress: boolean
  readonly maxInFlight: number
  /** The largest request body of a client, in bytes. */
  readonly maxBodyBytes: number
  /** The most upstream requests of one answer. */
  readonly maxAttempts: number
  /** The most data of one answer, in bytes. */
  readonly maxAnswerBytes: number
  readonly drainDelayMs: number
  readonly shutdownTimeoutMs: number
  /** Of each client; null for none. */
  readonly rateLimit: ClientRateLimit | null
  /** Null if everybody gets in. Secret. */
  readonly auth: AuthOptions | null
  /** Null if no pages of other origins may read answers. */
  readonly cors: CorsConfig | null
}

const DEFAULTS = {
  docs: true,
  serverTiming: true,
  explain: true,
  simulate: false,
  compress: true,
  maxInFlight: 1000,
  maxBody: '64kb',
  maxAttempts: 1000,
  maxAnswerBytes: '32mb',
  unknownQuery: 'refuse' as const,
  drainDelay: '0s',
  shutdownTimeout: '10s',
}

const keys = {
  ...listenKeys,
  ...optional({
    docs: flag({
      description:
        'Whether / serves the console, and /docs Swagger UI, with the OpenAPI document as /docs/json and /docs/yaml.',
      default: DEFAULTS.docs,
      examples: [false],
    }),
    serverTiming: flag({
      description: 'Whether answers carry Server-Timing.',
      default: DEFAULTS.serverTiming,
      examples: [false],
    }),
    explain: flag({ description: 'Whether explain=true is allowed.', default: DEFAULTS.explain, examples: [false] }),
    simulate: flag({
      description:
        'Whether clients may force how a source ends, with `simulate=news:http_response_timeout`. For development.',
      default: DEFAULTS.simulate,
      examples: [true],
      alsoCalled: 'simulation mock mocks chaos faults faultinjection',
    }),
    compress: flag({
      description: 'Whether answers above 1 KiB are compressed (gzip, br).',
      default: DEFAULTS.compress,
      examples: [false],
    }),
    maxInFlight: count(1, {
      description: 'The most requests in progress; above it, requests are answered with 503 at once.',
      default: DEFAULTS.maxInFlight,
      examples: [200],
      alsoCalled: 'maxconnections concurrency',
    }),
    maxBody: size({
      description: 'The largest request body of a client; a larger one is answered with 413. A size such as 64kb.',
      default: DEFAULTS.maxBody,
      examples: ['1mb'],
    }),
    maxAttempts: count(1, {
      description:
        'The most upstream requests of one answer, for all its sources, items and redirects together. Further first attempts fail with connection_limit_reached, further retries and hedges are not made.',
      default: DEFAULTS.maxAttempts,
      examples: [200],
    }),
    maxAnswerBytes: size({
      description:
        'The most data of one answer, for all its calls together. Calls with data above it fail with http_response_body_size. A size such as 32mb.',
      default: DEFAULTS.maxAnswerBytes,
      examples: ['8mb'],
    }),
    unknownQuery: oneOf(['refuse', 'ignore'], {
      description:
        'What happens to query keys that no asked source declares, such as utm_source: `refuse` answers with 400, `ignore` drops them. A dotted key of a source that is asked (`weather.zz`), and a typing error of a setting (`strct`), are a 400 always; so are members of a body.',
      default: DEFAULTS.unknownQuery,
      examples: ['ignore'],
      alsoCalled: 'unknownparams unknownparameters strictquery allowunknown additionalparameters ignoreunknown',
    }),
    drainDelay: duration({
      description: 'How long it reports unready but still serves, after SIGTERM. A duration such as 5s.',
      default: DEFAULTS.drainDelay,
      examples: ['5s'],
    }),
    shutdownTimeout: duration({
      description: 'After `drainDelay`, requests in progress may finish, at most this long. A duration such as 10s.',
      default: DEFAULTS.shutdownTimeout,
      examples: ['30s'],
    }),
    rateLimit: clientRateLimitSchema,
    auth: authSchema,
    cors: corsSchema,
  }),
}

export const serverSchema = block(keys, {
  description: 'The HTTP server.',
  examples: [{ port: 8080 }],
  guesses: guesses(
    ['listen', 'did you mean "host" or "port"? Write for example host: 0.0.0.0 and port: 8080'],
    ['timeout requesttimeout', 'write for example deadline: { default: 2s } at the top of the file'],
  ),
})

type ServerInput = Input<typeof serverSchema>

/** Resolves and checks the block `server`. HOST and PORT in `environment` take precedence over the file. */
export function resolveServer(input: ServerInput = {}, environment: Environment, scope: Scope): ServerConfig {
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    scope.problem(['NODE_TLS_REJECT_UNAUTHORIZED'], NO_UNCHECKED_TLS)
  const { drainDelay, shutdownTimeout, maxBody, maxAnswerBytes, rateLimit, ...server } = {
    ...DEFAULTS,
    rateLimit: undefined,
    ...input,
  }
  return {
    ...server,
    auth: resolveAuth(input.auth, scope),
    ...resolveListen(input, environment, scope),
    cors: resolveCors(input.cors, scope),
    maxBodyBytes: toBytes(maxBody),
    maxAnswerBytes: toBytes(maxAnswerBytes),
    drainDelayMs: toMs(drainDelay),
    shutdownTimeoutMs: toMs(shutdownTimeout),
    rateLimit: resolveClientRateLimit(rateLimit, scope),
  }
}

const NO_UNCHECKED_TLS =
  'would switch off the check of certificates, which is never possible; unset the environment variable, and name a private CA in NODE_EXTRA_CA_CERTS'
