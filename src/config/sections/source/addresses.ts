import type { InputOf } from '../../schema/input.ts'
import { optional, switchable, text, timeout } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import { toMs } from '../../text/units.ts'
import type { OriginInput } from './origins.ts'
import { proxySchema, resolveProxy, warnOfCredentials } from './proxy.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

/** The longest path of a socket file on Linux (unix(7)); it is 4 bytes less on macOS. */
const MAX_PATH_BYTES = 107
const SOCKET_PATH = 'an absolute path such as /run/users.sock, or false'
const DEFAULTS = { maxConnectionAge: '5m' }

const socketPath = text({ description: 'The path.', pattern: '^/[^\\0]*$', expects: SOCKET_PATH })

export const addressKeys = optional({
  unixSocket: switchable(socketPath, {
    description:
      'Absolute path of the socket file that requests go to, in place of the host in `url`. Never shown. Default: none.',
    examples: ['/run/users.sock'],
    secret: true,
    expects: SOCKET_PATH,
    alsoCalled: 'socket socketpath unixsocketpath unix uds',
    hint: 'Write for example unixSocket: /run/users.sock',
  }),
  proxy: proxySchema,
  maxConnectionAge: timeout({
    description:
      'Age after which a connection takes no more requests, so that a changed DNS answer is followed; up to a fifth less for each, so that not all are renewed at once. A duration such as 5m.',
    default: DEFAULTS.maxConnectionAge,
    examples: ['1m'],
    alsoCalled: 'connectionmaxage maxconnectionlifetime connectionttl maxlifetime',
    hint: 'Write for example maxConnectionAge: 1m',
  }),
})

type AddressInput = InputOf<typeof addressKeys>

type Addresses = Pick<SourceDraft, 'unixSocket' | 'proxy' | 'maxConnectionAgeMs'>

/** Resolves where requests go. Reports a proxy whose URL cannot be read. */
export function resolveAddresses(input: AddressInput, pathOf: (key: string) => Path, scope: Scope): Addresses {
  const { unixSocket = false, maxConnectionAge } = { ...DEFAULTS, ...input }
  const proxy = resolveProxy(input.proxy, pathOf('proxy'), scope)
  return { unixSocket: unixSocket === false ? null : unixSocket, proxy, maxConnectionAgeMs: toMs(maxConnectionAge) }
}

type AddressScope = SourceScope<AddressInput & OriginInput, 'denyPrivateAddresses'>

export const addressChecks: Checks<AddressScope> = [checkLength, checkAlone, checkPublic, warnOfCredentials]

function checkLength({ source, problem, at }: AddressScope): void {
  if (source.unixSocket === null || Buffer.byteLength(source.unixSocket) <= MAX_PATH_BYTES) return
  problem(
    at('unixSocket'),
    `is longer than ${MAX_PATH_BYTES} bytes, which no path of a socket may be; write a shorter one`,
  )
}

/** Keys that say where requests go in place of the host in `url`. A source has one of them at most. */
const PLACES = ['origins', 'unixSocket', 'proxy'] as const

/** What `environment` stands for does not count: the same file must be right everywhere. */
function checkAlone({ written, problem, at }: AddressScope): void {
  const [first, ...others] = PLACES.filter((key) => written[key])
  for (const other of others)
    problem(
      at(other),
      `cannot stand beside ${first}, as only one of them can say where requests go; leave one out (false in place of its value leaves out that of defaults)`,
    )
}

/** Why `denyPrivateAddresses` cannot be kept. */
const NOT_PUBLIC = {
  unixSocket: 'goes to this machine, which denyPrivateAddresses refuses',
  proxy: 'looks the host up itself, so that denyPrivateAddresses cannot see where requests go',
} as const

function checkPublic({ source, written, problem, at }: AddressScope): void {
  if (!source.denyPrivateAddresses) return
  for (const key of ['unixSocket', 'proxy'] as const) {
    if (written[key]) problem(at(key), `${NOT_PUBLIC[key]}; write denyPrivateAddresses: false, or leave it out`)
  }
}
