import type { Policy } from '../core/call.ts'
import type { Events } from '../core/events.ts'

/** Options of the policy. */
export interface ExposedHeaders {
  /** Names of the headers that are exposed, in lower case. */
  readonly names: readonly string[]
  /** Whether clients may see this value of a header. */
  readonly mayShow: (value: string) => boolean
  /** Receives `header` for each one that they may not see. */
  readonly events: Events
}

/** Leaves an outcome only those headers of the source that clients may see. */
export function exposeHeaders({ names, mayShow, events }: ExposedHeaders): Policy {
  return (next) => async (call) => {
    const { headers, ...outcome } = await next(call)
    if (headers === undefined) return outcome
    const exposed = headers.filter(({ name }) => names.includes(name))
    const shown = exposed.filter(({ value }) => mayShow(value))
    const { context, source, id } = call
    const { requestId, trace } = context
    for (const { name } of new Set(exposed).difference(new Set(shown)))
      events.emit('header', { requestId, traceId: trace.traceId, source, id, name, reason: UNFIT })
    return shown.length === 0 ? outcome : { ...outcome, headers: shown }
  }
}

const UNFIT = 'it holds a secret of the configuration, or other characters than printable ASCII'
