import type { Entry } from '../aggregate/menu.ts'
import { failureDetail } from '../aggregate/verdict.ts'
import { PROBLEMS } from '../http/problem.ts'
import { type Failing, failureExample, type ShownCode } from './codes.ts'
import { headerRef, sourceHeaders } from './headers.ts'
import {
  alsoProblem,
  type BySources,
  type OwnProblem,
  ownExample,
  problemExample,
  problemResponse,
} from './problems.ts'
import type { Schema } from './schemas.ts'

/** The responses without data: all called sources failed, or a required one. */

const CODE_OF: Readonly<Record<BySources, ShownCode>> = {
  'sources-refused': 'upstream_status',
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

/** Our own problems of a view, by the statuses that sources may have too. */
const OWN: Readonly<Record<number, OwnProblem>> = {
  400: 'invalid-request',
  404: 'not-found',
  406: 'not-acceptable',
  414: 'uri-too-long',
  431: 'headers-too-large',
}

/**
 * The responses of a view with a status of its sources (`passStatus`). `taking` are its entries, and those that these
 * need; `more` are further problems of ours that the operation has.
 */
export function passedResponses(
  entries: readonly Entry[],
  taking: readonly Entry[],
  path: string,
  more: Readonly<Record<number, OwnProblem>> = {},
): Schema {
  const passing = (status: number) => taking.filter(({ source }) => source.facts.passStatus.includes(status))
  const statuses = [...new Set(taking.flatMap(({ source }) => source.facts.passStatus))]
  return Object.fromEntries(
    statuses.map((status) => {
      const failing = entries.filter((entry) => passing(status).includes(entry))
      const shown = failing.length > 0 ? failing : entries
      const example = sourcesExample('sources-refused', shown, path, status)
      const headers = { ...sourceHeaders(false), ...PASSED_HEADERS[status] }
      const response = problemResponse({ 'sources-refused': example }, headers)
      const own = more[status] ?? OWN[status]
      return [status, own === undefined ? response : alsoProblem(response, own)]
    }),
  )
}

const PASSED_HEADERS: Readonly<Record<number, Schema>> = {
  401: { 'WWW-Authenticate': headerRef('PassedChallenge') },
  429: { 'Retry-After': headerRef('RetryAfter') },
}

/** The example document of a problem, in which these sources fail: the required ones, or all if none is required. */
export function sourcesExample(
  name: BySources,
  entries: readonly Failing[],
  path: string,
  passed: number = PROBLEMS['sources-refused'].status,
): unknown {
  const required = entries.filter((entry) => entry.required)
  const counted = (required.length > 0 ? required : entries).slice(0, SHOWN)
  const status = name === 'sources-refused' ? passed : undefined
  const failedSources = counted.map((entry) => failureExample(CODE_OF[name], entry, status))
  const messages = failedSources.map(({ message }) => String(message))
  const detail = failureDetail(required.length > 0 ? 'required' : 'asked', messages)
  return problemExample(name, detail, { failedSources, ...(status === undefined ? {} : { status }) }, path)
}
