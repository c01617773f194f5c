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

type AddressScope = SourceScope<AddressInput, 'denyPrivateAddresses' | (typeof WAYS)[number]>

export const addressChecks: Checks<AddressScope> = [checkLength, checkOneWay, checkAlone]

function checkLength({ source, problem, at }: AddressScope): void {
  if (source.unixSocket === null || Buffer.byteLength(source.unixSocket) <= MAX_PATH_BYTES) return
  problem(
    at('unixSocket'),
    `is longer than ${MAX_PATH_BYTES} bytes, which no path of a socket may be; write a shorter one`,
  )
}

/** The ways for requests to go elsewhere than to the host in `url`. A source has one of them at most. */
const WAYS = ['origins', 'unixSocket'] as const

function checkOneWay({ source, problem, at }: AddressScope): void {
  const [first, ...others] = WAYS.filter((way) => source[way] !== null)
  for (const other of others)
    problem(at(other), `cannot stand beside ${first}: both say where requests go; leave one of them out`)
}

function checkAlone({ source, problem, at }: AddressScope): void {
  if (source.unixSocket === null || !source.denyPrivateAddresses) return
  problem(
    at('unixSocket'),
    'goes to this machine, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or leave it out',
  )
}
