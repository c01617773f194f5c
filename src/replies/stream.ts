import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { stream } from '../aggregate/aggregate.ts'
import { doneRecord, sourceRecord } from '../aggregate/record.ts'
import { roundMs } from '../core/deadline.ts'
import { countUnsent } from '../plugins/pressure.ts'
import { cancelOnLeave, type Replying, tellAnswer } from './reply.ts'

/** A media type in which an answer is streamed, record by record. */
export interface StreamFormat {
  readonly source: (record: Buffer) => Buffer
  readonly done: (record: Buffer) => Buffer
}

const NEW_LINE = Buffer.from('\n')
const EVENT_END = Buffer.from('\n\n')

/**
 * The formats by media type: one JSON text a line (github.com/ndjson/ndjson-spec), or server-sent events (HTML, section
 * 9.2). The id of the last event comes back as Last-Event-ID when a browser reconnects.
 */
export const STREAM_FORMATS: Readonly<Record<string, StreamFormat>> = {
  'application/x-ndjson': {
    source: (record) => Buffer.concat([record, NEW_LINE]),
    done: (record) => Buffer.concat([record, NEW_LINE]),
  },
  'text/event-stream': {
    source: (record) => Buffer.concat([Buffer.from('event: source\ndata: '), record, EVENT_END]),
    done: (record) => Buffer.concat([Buffer.from('event: done\nid: done\ndata: '), record, EVENT_END]),
  },
}

const HEADERS = {
  // nginx would collect the records, and send them together
  'x-accel-buffering': 'no',
}

/**
 * Makes the calls of a plan, and sends a record as each requested one ends. The status is 200, because it is sent
 * before the outcome is known; the last record has the real one.
 */
export function replyStream(replying: Replying, type: string): FastifyReply {
  const { plan, options, request, reply } = replying
  const format = STREAM_FORMATS[type] as StreamFormat
  // what waits for a slow reader is the data of the answer, which `maxAnswerBytes` bounds
  const records = new Readable({ read() {} })
  const isPrivate = options.isPrivate || plan.nodes.some((node) => node.isPersonal)
  reply
    .headers(HEADERS)
    .header('cache-control', isPrivate ? 'no-store, private' : 'no-store')
    .type(type)
  if (request.method === 'HEAD') {
    tellUnasked(replying, 200)
    records.push(null)
    return reply.send(records)
  }
  cancelOnLeave(replying)
  send(replying, format, records).catch((error: Error) => {
    options.events.emit('bug', { source: null, error })
    records.destroy(error)
  })
  return reply.send(records)
}

/**
 * Answers an EventSource that has read the end and has lost its connection: with any other status it would ask again
 * (HTML, section 9.2.3).
 */
export function replyStopped(replying: Replying): FastifyReply {
  tellUnasked(replying, 204)
  return replying.reply.code(204).header('cache-control', 'no-store').send()
}

/** Emits the event of an answer for which no source was called. */
function tellUnasked(replying: Replying, status: number): void {
  const { plan, options } = replying
  const durationMs = roundMs(options.clock.now() - plan.startedAt)
  tellAnswer(options.events, replying, { status, partial: false, failed: [], durationMs })
}

async function send(replying: Replying, format: StreamFormat, records: Readable): Promise<void> {
  const { plan, options, request, reply } = replying
  let made: Buffer[] = []
  const flush = (): void => {
    // the client may have left
    if (made.length === 0 || records.destroyed) return
    const bytes = made.length === 1 ? (made[0] as Buffer) : Buffer.concat(made)
    made = []
    countUnsent(request, reply, bytes.length)
    records.push(bytes)
  }
  const push = (bytes: Buffer): void => {
    // one write for what settles in the same turn of the event loop: a write costs as much as a record
    if (made.push(bytes) === 1) setImmediate(flush)
  }
  const conclusion = await stream(plan, options, (settled) => push(format.source(sourceRecord(plan, settled))))
  const { status, partial, failedSources, meta } = conclusion
  tellAnswer(options.events, replying, {
    status,
    partial,
    failed: failedSources.map(({ id, code }) => ({ id, code })),
    durationMs: meta.durationMs,
  })
  push(format.done(doneRecord(conclusion)))
  flush()
  if (!records.destroyed) records.push(null)
  // the work is done: who reads slowly holds a buffer, and no slot
  request.releaseSlot?.()
}
