import { isIP } from 'node:net'
import Type from 'typebox'
import type { Environment } from '../schema/environment.ts'
import type { InputOf } from '../schema/input.ts'
import { integer, optional, text } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import { type Path, quote } from '../text/problems.ts'

/** The listening address, and the proxies whose X-Forwarded-* headers are trusted. */
export interface ListenConfig {
  readonly host: string
  /** 0 means any free port. */
  readonly port: number
  /** Port of health, metrics and sources; null for the same as all else. 0 means any free one. */
  readonly operationsPort: number | null
  /** What Fastify's `trustProxy` takes: all, none, a number of hops, or addresses and CIDR ranges. */
  readonly trustProxy: boolean | number | readonly string[]
}

const DEFAULTS = { host: '127.0.0.1', port: 3000, trustProxy: false }

const PORTS = { minimum: 0, maximum: 65_535 }
const PROXIES = 'true, false, a number of hops, an address or CIDR range, or a list of these'

export const listenKeys = optional({
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
  operationsPort: integer({
    description:
      'Port of health, metrics and sources, which then need no credential and are no longer served on `port`, {range} (0: any free one). Default: none, and they are served on `port`.',
    examples: [9464],
    ...PORTS,
    alsoCalled: 'adminport managementport metricsport healthport opsport',
  }),
  trustProxy: Type.Union(
    [
      Type.Boolean(),
      Type.Integer({ minimum: 0 }),
      Type.String({ pattern: '^(loopback|linklocal|uniquelocal|.*[.:].*)$', expects: PROXIES }),
      Type.Array(Type.String(), { minItems: 1 }),
    ],
    {
      description: `Whose X-Forwarded-* headers to trust: false, true (anyone), a number of hops, or addresses and CIDR ranges. Default ${DEFAULTS.trustProxy}.`,
      default: DEFAULTS.trustProxy,
      examples: [1, ['10.0.0.0/8']],
      expects: PROXIES,
    },
  ),
})

/** Resolves and checks the keys. HOST and PORT in `environment` take precedence over the file. */
export function resolveListen(input: InputOf<typeof listenKeys>, environment: Environment, scope: Scope): ListenConfig {
  const { HOST, PORT } = environment
  const environmentPort = readPort(PORT)
  if (PORT && environmentPort === null)
    scope.problem(
      ['PORT'],
      `must be a whole number from ${PORTS.minimum} to ${PORTS.maximum}; correct the environment variable`,
    )
  const { host, port, operationsPort = null, trustProxy } = { ...DEFAULTS, ...input }
  const listen = {
    host: HOST || host,
    port: environmentPort ?? port,
    operationsPort,
    trustProxy: typeof trustProxy === 'string' ? trustProxy.split(',').map((part) => part.trim()) : trustProxy,
  }
  checkHost(scope, listen.host, HOST ? ['HOST'] : ['server', 'host'])
  checkOperationsPort(scope, listen)
  checkTrustProxy(scope, listen)
  return listen
}

function readPort(text: string | undefined): number | null {
  return text !== undefined && /^[0-9]{1,5}$/.test(text) && Number(text) <= PORTS.maximum ? Number(text) : null
}

/** `path` is where the host is written: in the file, or in the environment variable HOST. */
function checkHost(scope: Scope, host: string, path: Path): void {
  const wrong = hostProblem(host)
  if (wrong !== null) scope.problem(path, `${scope.show(path, quote(host))} ${wrong}`)
}

/** Why the server cannot listen on this host, as the end of a sentence; null if no error is found. */
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

function checkOperationsPort({ problem, show }: Scope, { port, operationsPort }: ListenConfig): void {
  if (operationsPort === null || operationsPort === 0 || operationsPort !== port) return
  const path = ['server', 'operationsPort']
  problem(path, `${show(path, String(port))} is the port of all else, too; write another one, or leave it out`)
}

function checkTrustProxy({ problem }: Scope, { trustProxy }: ListenConfig): void {
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
