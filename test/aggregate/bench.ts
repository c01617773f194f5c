import { type Entry, entryOf } from '../../src/aggregate/entry.ts'
import type { Plan, PlanNode } from '../../src/aggregate/plan.ts'
import type { Settled } from '../../src/aggregate/run.ts'
import type { SourceCall } from '../../src/source/call.ts'
import { Cancel } from '../../src/source/cancel.ts'
import { live, type Outcome } from '../../src/source/outcome.ts'
import { MemoryStore } from '../../src/source/memory-store.ts'
import type { ParameterOptions } from '../../src/source/parameter.ts'
import type { RequestContext } from '../../src/source/request.ts'
import type { SourceOptions } from '../../src/source/options.ts'
import { Source } from '../../src/source/source.ts'
import { compileTemplate } from '../../src/source/template.ts'
import { FakeClock } from '../support/fake-clock.ts'

export const CONTEXT: RequestContext = {
  requestId: 'req-1',
  trace: { traceId: '0af7651916cd43dd8448eb211c80319c', flags: '01' },
  headers: {},
}

type Param = Partial<Pick<ParameterOptions, 'required' | 'default'>> & Readonly<Record<string, unknown>>
type Params = Readonly<Record<string, Param>>

/** A source that nobody calls. `params` are JSON Schemas by name, with `required` and `default` as in a configuration. */
export function makeSource(id: string, params: Params = {}, over: Partial<SourceOptions> = {}): Source {
  const names = Object.keys(params)
  const options: SourceOptions = {
    id,
    description: null,
    template: compileTemplate(`http://127.0.0.1:9/${id}${names.length === 0 ? '' : `{?${names.join(',')}}`}`),
    method: 'GET',
    params: Object.entries(params).map(([name, { required = false, default: value, ...schema }]) => {
      return { name, schema, required, default: value }
    }),
    values: {},
    headers: {},
    forwardHeaders: [],
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
    deadlineHeader: null,
    body: null,
    format: 'json',
    select: null,
    bind: [],
    forEach: null,
    isRead: false,
    fallback: null,
    required: false,
    emptyStatuses: [],
    schema: null,
    validate: false,
    hidden: false,
    ...over,
  }
  const clock = new FakeClock()
  const ignore = () => {}
  const observers = { onCall: ignore, onAttempt: ignore, onItem: ignore, onRefresh: ignore, onBreaker: ignore }
  return new Source(options, { clock, store: new MemoryStore(1024, clock), ...observers })
}

/** An entry of a view: a source under another name, with some parameters fixed. */
export function makeEntry(key: string, source: Source, fixed: Entry['fixed'] = {}): Entry {
  return { ...entryOf(source), key, fixed }
}

/** A node of a plan made by hand; its source is the key with "-api". */
export function makeNode(key: string, call: SourceCall, over: Partial<PlanNode> = {}): PlanNode {
  return { key, source: `${key}-api`, start: call, needs: [], shown: true, required: false, ...over }
}

/** A plan made by hand: asked for at 1,000 on the clock, cut off at 1,975, due at 2,000. */
export function makePlan(nodes: readonly PlanNode[], over: Partial<Plan> = {}): Plan {
  return {
    nodes,
    view: null,
    shape: null,
    context: CONTEXT,
    explain: false,
    startedAt: 1000,
    deadlineMs: 1000,
    reserveMs: 25,
    cancel: new Cancel(),
    ...over,
  }
}

/** A call that took from 1,005 to 1,045 on the clock. */
export function makeSettled(key: string, outcome: Outcome, over: Partial<PlanNode> = {}): Settled {
  const record = {
    startedAt: 1005,
    endedAt: 1045.06,
    effort: { attempts: 1, hedged: false, bytes: outcome.body?.length ?? 0 },
  }
  return { node: makeNode(key, async () => outcome, over), outcome, record }
}

export function json(text: string): Outcome {
  return live(Buffer.from(text), 200)
}
