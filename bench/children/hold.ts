import { connect, type Socket } from 'node:net'
import { serve } from './serve.ts'

/** Clients that send one request each, and keep their connection open. */

export interface HoldQuestion {
  readonly host: string
  readonly port: number
  readonly path: string
  readonly count: number
  /** Whether the answers are not waited for. */
  readonly waits: boolean
}

export interface HoldAnswer {
  readonly open: number
}

/** So many connect at a time. */
const AT_ONCE = 200

serve(async (question: HoldQuestion): Promise<HoldAnswer> => {
  const held: Socket[] = []
  while (held.length < question.count)
    held.push(...(await Promise.all(Array.from({ length: AT_ONCE }, () => open(question)))))
  return { open: held.filter((socket) => !socket.destroyed).length }
})

function open({ host, port, path, waits }: HoldQuestion): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host)
    socket.once('error', reject)
    socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`)
    socket.once(waits ? 'connect' : 'data', () => resolve(socket))
  })
}
