import { labelOf } from '../../src/aggregate/envelope.ts'
import { type Entry, entryOf } from '../../src/aggregate/menu.ts'
import type { PlanNode } from '../../src/aggregate/node.ts'
import { NO_OWN_INPUT } from '../../src/aggregate/own-input.ts'
import type { Plan } from '../../src/aggregate/plan.ts'
import type { Settled } from '../../src/aggregate/run.ts'
import type { Asker } from '../../src/aggregate/selection.ts'
import { type Call, NO_REQUEST, newRecord, type SourceCall } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { Events } from '../../src/core/events.ts'
import { live, type Outcome } from '../../src/core/outcome.ts'
import { Pending } from '../../src/core/pending.ts'
import { MemoryStore } from '../../src/source/memory-store.ts'
import type { SourceOptions } from '../../src/source/options.ts'
import type { ParameterOptions } from '../../src/source/parameter.ts'
import { NO_INPUT } from '../../src/source/request.ts'
import { Secrets } from '../../src/source/secrets.ts'
import { Source } from '../../src/source/source.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { Lookups } from '../../src/transport/lookup.ts'
import { newAllowance } from '../support/allowance.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { TRACE } from '../support/trace.ts'
import { here } from '../support/workers.ts'

const NONE = new Secrets([])

/** A client without headers; its request arrived at 1,000 on the clock. */
export function asker(query: Asker['query'] = {}, over: Partial<Asker> = {}): Asker {
  const input = { client: NO_INPUT, own: NO_OWN_INPUT }
  return { requestId: 'req-1', trace: TRACE, claims: null, query, ...input, askedAt: 1000, ...over }
}

type Param = Partial<Pick<ParameterOptions, 'required' | 'default' | 'clientName'>> & Readonly<Record<string, unknown>>
export type Params = Readonly<Record<string, Param>>

/** `params` are JSON Schemas by name, with `required` and `default` as in a configuration. */
export function makeOptions(id: string, params: Params = {}, over: Partial<SourceOptions> = {}): SourceOptions {
  const names = Object.keys(params)
  return {
    id,
    description: null,
    template: compileTemplate(`http://127.0.0.1:9/${id}${names.length === 0 ? '' : `{?${names.join(',')}}`}`),
    shownTemplate: null,
    safe: true,
    method: 'GET',
    params: Object.entries(params).map(([name, { required = false, default: value, clientName, ...schema }]) => {
      return { name, clientName, schema, required, default: value }
    }),
    values: {},
    headers: {},
    forwardHeaders: [],
    clientAddress: false,
    bodyType: 'json',
    propagate: false,
    timeoutMs: 1000,
    attemptTimeoutMs: null,
    connectTimeoutMs: 300,
    maxBytes: 1024,
    idempotent: true,
    retry: null,
    budget: null,
    breaker: null,
    bulkhead: null,
    hedge: null,
    rateLimit: null,
    cache: null,
    redirects: 0,
    denyPrivateAddresses: false,
    auth: null,
    tls: null,
    unixSocket: null,
    proxy: null,
    origins: null,
    balance: 'roundRobin',
    maxConnectionAgeMs: 300_000,
    deadlineHeader: null,
    body: null,
    forwardsBody: false,
    needsBody: false,
    format: 'json',
    failWhen: null,
    passStatus: [],
    exposeHeaders: [],
    errorDetails: null,
    select: null,
    bind: [],
    claims: [],
    forEach: null,
    when: null,
    isRead: false,
    fallback: null,
    required: false,
    emptyStatuses: [],
    schema: null,
    validate: false,
    hidden: false,
    ...over,
  }
}

/** A source for tests that make no calls. */
export function makeSource(id: string, params: Params = {}, over: Partial<SourceOptions> = {}): Source {
  const clock = new FakeClock()
  return new Source(makeOptions(id, params, over), {
    clock,
    store: new MemoryStore(1024, clock),
    lookups: new Lookups(clock),
    events: new Events(),
    workers: here,
    secrets: NONE,
    unfinished: new Pending(),
  })
}

/** A source with dependencies, by their ids. */
export function needing(id: string, ...needs: readonly string[]): Source {
  return makeSource(id, {}, { bind: needs.map((from) => ({ name: `of_${from}`, from, select: null })) })
}

/** A source whose attempts are made by a stub; its requests and the policies around them are real. */
export function stubSource(
  options: SourceOptions,
  attempt: SourceCall,
  clock = new FakeClock(),
  events = new Events(),
): Source {
  const store = new MemoryStore(2 ** 20, clock)
  return new Source(options, {
    clock,
    store,
    lookups: new Lookups(clock),
    events,
    workers: here,
    secrets: NONE,
    unfinished: new Pending(),
    attempt,
  })
}

/** An entry of a view: a source under another key, with some fixed parameters. */
export function makeEntry(key: string, source: Source, fixed: Entry['fixed'] = {}): Entry {
  return { ...entryOf(source), key, fixed }
}

/** A node of a plan made by hand; its source is the key with "-api". */
export function makeNode(key: string, start: PlanNode['start'], over: Partial<PlanNode> = {}): PlanNode {
  const facts = { shown: true, required: false, isUnsafe: false, isPersonal: false, exposes: false }
  return { key, label: labelOf(key), source: `${key}-api`, start, needs: [], ...facts, ...over }
}

/** A plan that arrived at 1,000 on the clock; calls are cut off at 1,975, and the deadline is 2,000. */
export function makePlan(nodes: readonly PlanNode[], over: Partial<Plan> = {}): Plan {
  return {
    nodes,
    view: null,
    shape: null,
    requestId: 'req-1',
    trace: TRACE,
    explain: false,
    isGet: true,
    isStorable: true,
    ifNoneMatch: undefined,
    simulated: [],
    startedAt: 1000,
    deadlineMs: 1000,
    reserveMs: 25,
    cancel: new Cancel(),
    ...over,
  }
}

/** A call that has not started, with its deadline at 2,000 on the clock. */
export function makeCall(source: string): Call {
  return {
    id: source,
    source,
    context: { requestId: 'req-1', trace: TRACE, made: new Map(), allowance: newAllowance() },
    request: NO_REQUEST,
    deadline: { at: 2000, cause: 'batch', spanMs: 1000 },
    cancel: new Cancel(),
    kind: 'first',
    record: newRecord(),
  }
}

/** A call that ran from 1,005 to 1,045 on the clock. */
export function makeSettled(key: string, outcome: Outcome, over: Partial<PlanNode> = {}): Settled {
  const record = {
    startedAt: 1005,
    endedAt: 1045.06,
    effort: { attempts: 1, sent: 1, unauthorized: 0, hedged: false, bytes: outcome.body?.length ?? 0 },
  }
  return { node: makeNode(key, async () => outcome, over), outcome, record }
}

export function json(text: string): Outcome {
  return live(Buffer.from(text), 200)
}
