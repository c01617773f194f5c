import type { Trace } from '../core/trace.ts'
import { invalidRequest, type RequestError } from '../http/problem.ts'
import type { ClientInput } from '../source/request.ts'
import type { Source } from '../source/source.ts'
import { type Batch, checkBatchQuery, readBatch } from './batch.ts'
import type { Claims } from './claims.ts'
import type { Endpoint } from './endpoint.ts'
import type { PlanNode } from './node.ts'
import type { OwnInput } from './own-input.ts'
import type { Asked } from './params.ts'
import { readQuery } from './query.ts'
import { NO_SETTINGS, type Query, readSettings, type Settings } from './settings.ts'
import { checkSimulated } from './simulated.ts'

/** The properties of a client request that the answer depends on. */
export interface Asker {
  readonly requestId: string
  readonly trace: Trace
  /** `Prefer` is read of its headers, and some may be forwarded. */
  readonly client: ClientInput
  readonly claims: Claims
  readonly query: Query
  readonly own: OwnInput
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
  const { menu, allowed, bare } = endpoint
  if (bare !== null && isBare(asker))
    return { endpoint, asker, settings: NO_SETTINGS, asked: bare, isGet: true, constant: endpoint.constant }
  const selection = select(endpoint, asker, (errors) =>
    readQuery(menu, asker.query, errors, asker.own, allowed.unknownQuery),
  )
  const isWhole = asker.query.sources === undefined && !selection.settings.strict
  return { ...selection, isGet: true, constant: isWhole ? endpoint.constant : null }
}

/** Most requests: what they ask for is known before they come. */
function isBare({ query, own, client }: Asker): boolean {
  return isEmpty(query) && isEmpty(own.path) && isEmpty(own.members) && client.headers.prefer === undefined
}

function isEmpty(values: object): boolean {
  for (const _ in values) return false
  return true
}

/** Reads a request to a view with another method than GET, which asks all of its sources. Throws like `selectByQuery`. */
export function selectByBody(endpoint: Endpoint, asker: Asker): Selection {
  return select(endpoint, asker, (errors) => {
    if (asker.query.sources !== undefined) errors.push({ path: 'sources', message: ASKS_ALL })
    const { sources: _, ...query } = asker.query
    return readQuery(endpoint.menu, query, errors, asker.own, endpoint.allowed.unknownQuery)
  })
}

const ASKS_ALL = '"sources" is not possible here: only a GET can ask some of the sources; leave it out.'

/** Reads a batch. Throws like `selectByQuery`. */
export function selectByBatch(
  endpoint: Endpoint,
  asker: Asker,
  batch: Batch,
  sources: ReadonlyMap<string, Source>,
): Selection {
  return select(endpoint, asker, (errors) => {
    const asked = readBatch(sources, batch, errors)
    checkBatchQuery(asker.query, asked, endpoint.allowed.unknownQuery, errors)
    return asked
  })
}

function select(endpoint: Endpoint, asker: Asker, read: (errors: RequestError[]) => readonly Asked[]): Selection {
  const errors: RequestError[] = []
  const settings = readSettings(
    asker.query,
    asker.client.headers.prefer as string | undefined,
    endpoint.allowed,
    errors,
  )
  const asked = read(errors)
  const shown = asked.flatMap((one) => (one.shown ? one.entry.key : []))
  // with other errors, it is not known what was asked for
  if (errors.length === 0) checkSimulated(settings.simulated, shown, errors)
  if (errors.length > 0) throw invalidRequest(errors)
  return { endpoint, asker, settings, asked, isGet: false, constant: null }
}
