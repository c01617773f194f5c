import type { Entry } from '../aggregate/menu.ts'
import { failureDetail } from '../aggregate/verdict.ts'
import { type Failing, failureExample, type ShownCode } from './codes.ts'
import { sourceHeaders } from './headers.ts'
import { type BySources, ownExample, problemExample, problemResponse } from './problems.ts'
import type { Schema } from './schemas.ts'

/** The responses without data: all called sources failed, or a required one. */

const CODE_OF: Readonly<Record<BySources, ShownCode>> = {
  'sources-failed': 'upstream_status',
  'sources-unavailable': 'connection_limit_reached',
  'sources-timed-out': 'http_response_timeout',
}

/** The most sources in an example. */
const SHOWN = 2

/** 502, 503 and 504 of an operation, with its own sources in the examples. */
export function failureResponses(entries: readonly Entry[], path: string): Schema {
  const example = (name: BySources) => ({ [name]: sourcesExample(name, entries, path) })
  const busy = { ...example('sources-unavailable'), overloaded: ownExample('overloaded', path) }
  return {
    502: problemResponse(example('sources-failed'), sourceHeaders(true)),
    503: problemResponse(busy, sourceHeaders(false)),
    504: problemResponse(example('sources-timed-out'), sourceHeaders(true)),
  }
}

/** The example document of a problem, in which these sources fail: the required ones, or all if none is required. */
export function sourcesExample(name: BySources, entries: readonly Failing[], path: string): unknown {
  const required = entries.filter((entry) => entry.required)
  const counted = (required.length > 0 ? required : entries).slice(0, SHOWN)
  const failedSources = counted.map((entry) => failureExample(CODE_OF[name], entry))
  const messages = failedSources.map(({ message }) => String(message))
  const detail = failureDetail(required.length > 0 ? 'required' : 'asked', messages)
  return problemExample(name, detail, { failedSources }, path)
}
