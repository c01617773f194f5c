/** Sends a request, and tells what comes back: records as they arrive, or a whole answer. */

/**
 * @import { Asked } from './request.js'
 * @import { Failure, Meta, SourceMeta } from './run.js'
 */
import { linesOf } from './ndjson.js'

/**
 * The record of one source, with its line as it arrived.
 *
 * @typedef {object} SourceRecord
 * @property {string} id
 * @property {string} source
 * @property {boolean} ok
 * @property {unknown} [data]
 * @property {Failure} [failure]
 * @property {SourceMeta} [meta]
 */

/**
 * What an answer says about itself: the last record of a stream, or a whole answer without its data.
 *
 * @typedef {object} End
 * @property {number} status
 * @property {boolean} partial
 * @property {readonly Failure[]} failedSources
 * @property {Meta} meta
 */

/**
 * A problem document (RFC 9457), as far as it is shown.
 *
 * @typedef {object} Problem
 * @property {number} status
 * @property {string} [title]
 * @property {string} [detail]
 * @property {string} [type]
 * @property {string} [requestId]
 * @property {readonly { path: string, message: string }[]} [errors]
 * @property {readonly Failure[]} [failedSources]
 */

/**
 * @typedef {{ kind: 'record', text: string, record: SourceRecord }
 *   | { kind: 'end', text: string, end: End }
 *   | { kind: 'answer', text: string, end: End }
 *   | { kind: 'problem', text: string, problem: Problem, retryAfter: string | null }} Arrival
 */

/**
 * Yields what arrives. It throws where the request cannot be sent, is aborted, or its answer is cut.
 *
 * @param {Asked} asked
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Arrival, void, undefined>}
 */
export async function* ask({ method, url, accept, credentials, body }, signal) {
  const headers = Object.fromEntries(credentials.map(({ header, prefix, value }) => [header, `${prefix}${value}`]))
  // no answer of the browser's own cache: each run asks
  const content = body === '' ? {} : { body, headers: { ...headers, accept, 'content-type': 'application/json' } }
  const response = await fetch(url, { method, headers: { ...headers, accept }, signal, cache: 'no-store', ...content })
  const type = response.headers.get('content-type') ?? ''
  if (!response.ok) yield await problemIn(response)
  else if (type.startsWith('application/x-ndjson') && response.body !== null) yield* recordsIn(response.body)
  else yield await answerIn(response)
}

/**
 * @param {ReadableStream<Uint8Array>} body
 * @returns {AsyncGenerator<Arrival, void, undefined>}
 */
async function* recordsIn(body) {
  for await (const text of linesOf(body)) {
    const record = JSON.parse(text)
    if (record.done !== true) yield { kind: 'record', text, record }
    else {
      yield { kind: 'end', text, end: record }
      return
    }
  }
  throw new Error('the stream ended before its last record')
}

/**
 * @param {Response} response
 * @returns {Promise<Arrival>}
 */
async function answerIn(response) {
  const text = await response.text()
  return { kind: 'answer', text, end: { ...JSON.parse(text), status: response.status } }
}

/**
 * Something between here and the service may have answered, with anything.
 *
 * @param {Response} response
 * @returns {Promise<Arrival>}
 */
async function problemIn(response) {
  const { status, statusText, headers } = response
  const text = await response.text()
  const isProblem = /^application\/(problem\+)?json/.test(headers.get('content-type') ?? '')
  const problem = isProblem
    ? { ...JSON.parse(text), status }
    : { status, title: statusText, detail: text.slice(0, 500) }
  return { kind: 'problem', text: isProblem ? text : '', problem, retryAfter: headers.get('retry-after') }
}
