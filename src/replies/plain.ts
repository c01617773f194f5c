import type { FastifyReply, FastifyRequest } from 'fastify'
import { aggregate } from '../aggregate/aggregate.ts'
import type { Answer } from '../aggregate/answer.ts'
import { Problem } from '../http/problem.ts'
import { sendProblem } from '../plugins/errors.ts'
import { cancelOnLeave, type Replying, tellAnswer } from './reply.ts'

/** Makes the calls of a plan, and sends the answer as one JSON document. */
export async function replyWhole(replying: Replying): Promise<FastifyReply> {
  const { plan, options, request, reply } = replying
  cancelOnLeave(replying)
  const answer = await aggregate(plan, options)
  tellAnswer(options.events, replying, answer)
  if (plan.cancel.reason === 'client') return reply.hijack()
  return send(request, reply, answer)
}

function send(request: FastifyRequest, reply: FastifyReply, { status, headers, body }: Answer): FastifyReply {
  reply.headers(headers)
  if (body instanceof Problem) return sendProblem(request, reply, body)
  if (status === 304) return reply.code(status).send()
  return reply.code(status).type('application/json; charset=utf-8').send(body)
}
