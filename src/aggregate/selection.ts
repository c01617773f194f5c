import type { Trace } from '../core/trace.ts'
import { invalidRequest, type RequestError } from '../http/problem.ts'
import type { ClientHeaders } from '../source/request.ts'
import type { Source } from '../source/source.ts'
import { type Batch, checkBatchQuery, readBatch } from './batch.ts'
import type { Claims } from './claims.ts'
import type { Endpoint } from './endpoint.ts'
import type { PlanNode } from './node.ts'
import type { Asked } from './params.ts'
import { readQuery } from './query.ts'
import { type Query, readSettings, type Settings } from './settings.ts'

/** The properties of a client request that the answer depends on. */
export interface Asker {
  readonly requestId: string
  readonly trace: Trace
  /** Headers of the client. `Prefer` is read, and some may be forwarded. */
  readonly headers: ClientHeaders
  readonly claims: Claims
  readonly query: Query
  /** When the request arrived, on the scale of `Clock.now()`. */
  readonly askedAt: number
}

/** What a request asks for, read and validated. The layers below need nothing else of the request. */
export interface Selection {
  readonly endpoint: Endpoint
  readonly asker: Asker
  readonly settings: Settings
  readonly asked: readonly Asked[]
  /** Whether it was read from a query: of a GET or a HEAD. */
  readonly isGet: boolean
  /** The nodes of the endpoint, if the request asks for all of them as they are; else null. */
  readonly constant: readonly PlanNode[] | null
}

/** Reads a query. Throws a Problem that lists all errors of the request. */
export function selectByQuery(endpoint: Endpoint, asker: Asker): Selection {
  const selection = select(endpoint, asker, (errors) => readQuery(endpoint.menu, asker.query, errors))
  const isWhole = asker.query.sources === undefined && !selection.settings.strict
  return { ...selection, isGet: true, constant: isWhole ? endpoint.constant : null }
}

/** Reads a batch. Throws like `selectByQuery`. */
export function selectByBatch(
  endpoint: Endpoint,
  asker: Asker,
  batch: Batch,
  sources: ReadonlyMap<string, Source>,
): Selection {
  return select(endpoint, asker, (errors) => {
    checkBatchQuery(asker.query, errors)
    return readBatch(sources, batch, errors)
  })
}

function select(endpoint: Endpoint, asker: Asker, read: (errors: RequestError[]) => readonly Asked[]): Selection {
  const errors: RequestError[] = []
  const settings = readSettings(
    asker.query,
    asker.headers.prefer as string | undefined,
    endpoint.explainAllowed,
    errors,
  )
  const asked = read(errors)
  if (errors.length > 0) throw invalidRequest(errors)
  return { endpoint, asker, settings, asked, isGet: false, constant: null }
}
