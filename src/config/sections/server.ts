import { isIP } from 'node:net'
import Type from 'typebox'
import type { Scope } from '../report.ts'
import type { Input } from '../schema/input.ts'
import { block, count, duration, flag, guesses, integer, optional, size, text } from '../schema/parts.ts'
import type { Environment } from '../text/environment.ts'
import { type Path, quote } from '../text/problems.ts'
import { toBytes, toMs } from '../text/units.ts'

/** The block `server`, resolved. Durations are milliseconds, sizes bytes. */
export interface ServerConfig {
  readonly host: string
  /** 0 means any free one. */
  readonly port: number
  /** What Fastify's `trustProxy` takes: all, none, a number of hops, or addresses and CIDR ranges. */
  readonly trustProxy: boolean | number | readonly string[]
  readonly docs: boolean
  readonly serverTiming: boolean
  readonly explain: boolean
  readonly compress: boolean
  readonly maxInFlight: number
  /** Bytes of a client's request body. */
  readonly maxBodyBytes: number
  /** Upstream requests that one answer may cost. */
  readonly maxAttempts: number
  /** Bytes of data that one answer may hold. */
  readonly maxAnswerBytes: number
  readonly drainDelayMs: number
  readonly shutdownTimeoutMs: number
}

const DEFAULTS = {
  host: '127.0.0.1',
  port: 3000,
  trustProxy: false,
  docs: true,
  serverTiming: true,
  explain: true,
  compress: true,
  maxInFlight: 1000,
  maxBody: '64kb',
  maxAttempts: 1000,
  maxAnswerBytes: '32mb',
  drainDelay: '0s',
  shutdownTimeout: '10s',
}

const PORTS = { minimum: 0, maximum: 65_535 }
const PROXIES = 'true, false, a number of hops, an address or CIDR range, or a list of these'

const keys = optional({
  host: text({
    description: 'Address to listen on; HOST overrides it.',
    default: DEFAULTS.host,
    examples: ['0.0.0.0'],
    pattern: '^[^\\s/]+$',
    expects: 'a host name or address, without scheme, port or path',
    alsoCalled: 'address bind hostname interface',
  }),
  port: integer({
    description: 'Port to listen on, {range} (0: any free one); PORT overrides it.',
    default: DEFAULTS.port,
    examples: [8080],
    ...PORTS,
  }),
  trustProxy: Type.Union(
    [
      Type.Boolean(),
      Type.Integer({ minimum: 0 }),
      Type.String({ pattern: '^(loopback|linklocal|uniquelocal|.*[.:].*)$', expects: PROXIES }),
      Type.Array(Type.String(), { minItems: 1 }),
    ],
    {
      description: `Whose X-Forwarded-* headers to believe: false, true (anyone), a number of hops, or addresses and CIDR ranges. Default ${DEFAULTS.trustProxy}.`,
      default: DEFAULTS.trustProxy,
      examples: [1, ['10.0.0.0/8']],
      expects: PROXIES,
    },
  ),
  docs: flag({
    description: 'Whether /docs serves Swagger UI, and the OpenAPI document as /docs/json and /docs/yaml.',
    default: DEFAULTS.docs,
    examples: [false],
  }),
  serverTiming: flag({
    description: 'Whether answers carry Server-Timing.',
    default: DEFAULTS.serverTiming,
    examples: [false],
  }),
  explain: flag({ description: 'Whether explain=true is allowed.', default: DEFAULTS.explain, examples: [false] }),
  compress: flag({
    description: 'Whether answers above 1 KiB are compressed (gzip, br).',
    default: DEFAULTS.compress,
    examples: [false],
  }),
  maxInFlight: count(1, {
    description: 'Answers in work; above it 503 at once.',
    default: DEFAULTS.maxInFlight,
    examples: [200],
    alsoCalled: 'maxconnections concurrency',
  }),
  maxBody: size({
    description: "Of a client's request body; above it 413. A size such as 64kb.",
    default: DEFAULTS.maxBody,
    examples: ['1mb'],
  }),
  maxAttempts: count(1, {
    description:
      'Upstream requests that one answer may cost, all its sources and items together. Further first attempts fail with connection_limit_reached, further retries and hedges are not made.',
    default: DEFAULTS.maxAttempts,
    examples: [200],
  }),
  maxAnswerBytes: size({
    description:
      'Data of one answer, that of all its calls together. Calls whose data does not fit any more fail with http_response_body_size. A size such as 32mb.',
    default: DEFAULTS.maxAnswerBytes,
    examples: ['8mb'],
  }),
  drainDelay: duration({
    description: 'On SIGTERM: unready, but serving on, for this long. A duration such as 5s.',
    default: DEFAULTS.drainDelay,
    examples: ['5s'],
  }),
  shutdownTimeout: duration({
    description: 'Then what is in flight may finish, at most this long. A duration such as 10s.',
    default: DEFAULTS.shutdownTimeout,
    examples: ['30s'],
  }),
})

export const serverSchema = block(keys, {
  description: 'The HTTP server.',
  examples: [{ port: 8080 }],
  planned: ['operationsPort', 'cors', 'rateLimit', 'auth', 'unknownQuery', 'simulate'],
  guesses: guesses(
    ['listen', 'did you mean "host" or "port"? Write for example host: 0.0.0.0 and port: 8080'],
    ['timeout requesttimeout', 'write for example deadline: { default: 2s } at the top of the file'],
  ),
})

type ServerInput = Input<typeof serverSchema>

/** HOST and PORT in `environment` take precedence over what is written. */
export function resolveServer(input: ServerInput = {}, environment: Environment, scope: Scope): ServerConfig {
  const { HOST, PORT } = environment
  const port = readPort(PORT)
  if (PORT && port === null)
    scope.problem(
      ['PORT'],
      `must be a whole number from ${PORTS.minimum} to ${PORTS.maximum}; correct the environment variable`,
    )
  if (environment.NODE_TLS_REJECT_UNAUTHORIZED === '0')
    scope.problem(['NODE_TLS_REJECT_UNAUTHORIZED'], NO_UNCHECKED_TLS)
  const server = toConfig({ ...input, ...(HOST ? { host: HOST } : {}), ...(port === null ? {} : { port }) })
  checkHost(scope, server.host, HOST ? ['HOST'] : ['server', 'host'])
  checkTrustProxy(scope, server)
  return server
}

const NO_UNCHECKED_TLS =
  'would switch off the check of certificates, which is never possible; unset the environment variable, and name a private CA in NODE_EXTRA_CA_CERTS'

function readPort(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,5}$/.test(text) && Number(text) <= PORTS.maximum ? Number(text) : null
}

function toConfig(input: ServerInput): ServerConfig {
  const { drainDelay, shutdownTimeout, trustProxy, maxBody, maxAnswerBytes, ...server } = { ...DEFAULTS, ...input }
  return {
    ...server,
    trustProxy: typeof trustProxy === 'string' ? trustProxy.split(',').map((part) => part.trim()) : trustProxy,
    maxBodyBytes: toBytes(maxBody),
    maxAnswerBytes: toBytes(maxAnswerBytes),
    drainDelayMs: toMs(drainDelay),
    shutdownTimeoutMs: toMs(shutdownTimeout),
  }
}

/** `path` is where the host is written: in the file, or in the environment variable HOST. */
function checkHost(scope: Scope, host: string, path: Path): void {
  const wrong = hostProblem(host)
  if (wrong !== null) scope.problem(path, `${scope.show(path, quote(host))} ${wrong}`)
}

/** Why nothing can listen there, as the end of a sentence; null if it may be right. */
function hostProblem(host: string): string | null {
  if (isIP(host) !== 0) return null
  if (/^\*+$/.test(host)) return 'is no address; write 0.0.0.0 to listen on all of them'
  if (/^\[.*\]$/.test(host) && isIP(host.slice(1, -1)) === 6) return 'has brackets; write the IPv6 address without them'
  if (/^[^:]+:[0-9]+$/.test(host)) return 'holds a port; write the port under server.port'
  if (/^[0-9.]+$/.test(host) || host.includes(':'))
    return 'is no valid address; write for example 127.0.0.1, 0.0.0.0 or ::1'
  return /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?\.?$/.test(host)
    ? null
    : 'is no host name or address; write for example 127.0.0.1 or 0.0.0.0'
}

function checkTrustProxy({ problem }: Scope, { trustProxy }: ServerConfig): void {
  if (typeof trustProxy !== 'object') return
  for (const part of trustProxy) {
    if (isRange(part)) continue
    problem(['server', 'trustProxy'], 'holds no valid address or CIDR range; write for example 10.0.0.1 or 10.0.0.0/8')
  }
}

/** What Fastify's proxy-addr takes: an address, a range of 1 bit or more, or one of its names. */
function isRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true
  const [, address = '', bits] = /^([^/]*)(?:\/([1-9][0-9]{0,2}))?$/.exec(text) ?? []
  const longest = isIP(address) === 4 ? 32 : isIP(address) === 6 ? 128 : 0
  return longest > 0 && Number(bits ?? 1) <= longest
}
