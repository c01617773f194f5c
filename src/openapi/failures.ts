import type { Entry } from '../aggregate/entry.ts'
import { failureDetail } from '../aggregate/verdict.ts'
import { failureExample, type ShownCode } from './codes.ts'
import { sourceHeaders } from './headers.ts'
import { type BySources, ownExample, problemExample, problemResponse } from './problems.ts'
import type { Schema } from './schemas.ts'

/** The answers that have no data to give: every source asked failed, or a required one did. */

const CODE_OF: Readonly<Record<BySources, ShownCode>> = {
  'sources-failed': 'upstream_status',
  'sources-unavailable': 'connection_limit_reached',
  'sources-timed-out': 'http_response_timeout',
}

/** 502, 503 and 504 of an operation, with its own sources in the examples. */
export function failureResponses(entries: readonly Entry[], path: string): Schema {
  const example = (name: BySources) => ({ [name]: failed(name, entries, path) })
  const busy = { ...example('sources-unavailable'), overloaded: ownExample('overloaded', path) }
  return {
    502: problemResponse(example('sources-failed'), sourceHeaders(true)),
    503: problemResponse(busy, sourceHeaders(false)),
    504: problemResponse(example('sources-timed-out'), sourceHeaders(true)),
  }
}

function failed(name: BySources, entries: readonly Entry[], path: string): unknown {
  const required = entries.filter((entry) => entry.required)
  const counted = required.length > 0 ? required : entries
  const failedSources = counted.map((entry) => failureExample(CODE_OF[name], entry))
  const messages = failedSources.map(({ message }) => String(message))
  const detail = failureDetail(required.length > 0 ? 'required' : 'asked', messages)
  return problemExample(name, detail, { failedSources }, path)
}
