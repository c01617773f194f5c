import type { InputOf } from '../../schema/input.ts'
import { optional, text, timeout } from '../../schema/parts.ts'
import { toMs } from '../../text/units.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

/** The longest path of a socket file on Linux (unix(7)); it is 4 bytes less on macOS. */
const MAX_PATH_BYTES = 107
const DEFAULTS = { maxConnectionAge: '5m' }

export const addressKeys = optional({
  unixSocket: text({
    description:
      'Absolute path of the socket file that requests go to, in place of the host in `url`. Never shown. Default: none.',
    examples: ['/run/users.sock'],
    secret: true,
    pattern: '^/[^\\0]*$',
    expects: 'an absolute path such as /run/users.sock',
    alsoCalled: 'socket socketpath unixsocketpath unix uds',
    hint: 'Write for example unixSocket: /run/users.sock',
  }),
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

export function resolveAddresses(input: AddressInput): Pick<SourceDraft, 'unixSocket' | 'maxConnectionAgeMs'> {
  const { unixSocket = null, maxConnectionAge } = { ...DEFAULTS, ...input }
  return { unixSocket, maxConnectionAgeMs: toMs(maxConnectionAge) }
}

type AddressScope = SourceScope<AddressInput, 'denyPrivateAddresses'>

export const addressChecks: Checks<AddressScope> = [checkLength, checkAlone]

function checkLength({ source, problem, at }: AddressScope): void {
  if (source.unixSocket === null || Buffer.byteLength(source.unixSocket) <= MAX_PATH_BYTES) return
  problem(
    at('unixSocket'),
    `is longer than ${MAX_PATH_BYTES} bytes, which no path of a socket may be; write a shorter one`,
  )
}

function checkAlone({ source, problem, at }: AddressScope): void {
  if (source.unixSocket === null || !source.denyPrivateAddresses) return
  problem(
    at('unixSocket'),
    'goes to this machine, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or leave it out',
  )
}
