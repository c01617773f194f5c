import { type Call, newRecord } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { systemClock } from '../../src/core/deadline.ts'
import { Events } from '../../src/core/events.ts'
import type { Outcome } from '../../src/core/outcome.ts'
import { Lookups } from '../../src/transport/lookup.ts'
import type { TransportOptions } from '../../src/transport/options.ts'
import { parseProxy } from '../../src/transport/proxy.ts'
import { Transport, type TransportDependencies } from '../../src/transport/transport.ts'
import { newAllowance } from '../support/allowance.ts'
import type { Owner } from '../support/owner.ts'
import { TRACE } from '../support/trace.ts'
import { ca } from '../support/upstream/tls.ts'

export interface Seen {
  readonly call: Call
  readonly outcome: Outcome
  readonly number: number
  readonly reason: string | null
}

/** A transport that is closed at the end of its test, and the events that it emitted. */
export interface Bench {
  readonly transport: Transport
  readonly seen: readonly Seen[]
}

export function benchFor(
  t: Owner,
  origin: string,
  over: Partial<TransportOptions> = {},
  { clock = systemClock, lookups = new Lookups(clock) }: Partial<TransportDependencies> = {},
): Bench {
  const seen: Seen[] = []
  const options: TransportOptions = {
    origins: [origin],
    timeoutMs: 1000,
    attemptTimeoutMs: null,
    connectTimeoutMs: 1000,
    maxBytes: 1000,
    emptyStatuses: [],
    keepsErrors: false,
    keptHeaders: [],
    redirects: 0,
    denyPrivateAddresses: false,
    tls: null,
    unixSocket: null,
    proxy: null,
    maxConnectionAgeMs: 300_000,
    ...over,
  }
  const events = new Events()
  events.listen({ attempt: (event) => seen.push(event) })
  const transport = new Transport(options, { clock, lookups, events })
  t.teardown(() => transport.close())
  return { transport, seen }
}

/** The same through the proxy with this URL; sources may have certificates of the test authority. */
export function proxiedBench(
  t: Owner,
  origin: string,
  url: string,
  over: Partial<TransportOptions> = {},
  dependencies: Partial<TransportDependencies> = {},
): Bench {
  const read = parseProxy(url)
  if ('problem' in read) throw new Error(read.problem)
  const proxy = { http: read, https: read, exemptions: [] }
  const tls = origin.startsWith('https:') ? { ca, cert: null, key: null, serverName: null } : null
  // two handshakes take a while on a busy machine
  return benchFor(t, origin, { proxy, tls, connectTimeoutMs: 5000, ...over }, dependencies)
}

/** A call for a path. Nothing enforces its deadline: tests cancel it. */
export function callFor(path: string, over: Partial<Call> = {}, request: Partial<Call['request']> = {}): Call {
  return {
    id: 'a',
    source: 'a',
    context: { requestId: 'r', trace: TRACE, made: new Map(), allowance: newAllowance() },
    request: {
      method: 'GET',
      path,
      headers: [],
      body: null,
      isRepeatable: true,
      key: '',
      shown: () => null,
      ...request,
    },
    deadline: { at: 0, cause: 'batch', spanMs: 0 },
    cancel: new Cancel(),
    kind: 'first',
    record: newRecord(),
    ...over,
  }
}
