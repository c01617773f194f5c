import { get, type IncomingHttpHeaders } from 'node:http'
import { json } from 'node:stream/consumers'
import type { Service } from '../../src/demo/service.ts'

/** Asks a service without a server between; the body is seen as a client would, after JSON. */
export function ask(service: Service, target: string, headers: IncomingHttpHeaders = {}) {
  const [path = '', query] = target.split('?')
  const { status, body } = service.answer({ path, query: new URLSearchParams(query), headers })
  return { status, body: JSON.parse(JSON.stringify(body)) }
}

/** One GET on a connection of its own, which is closed with the answer. */
export async function fetchJson(url: string, headers: IncomingHttpHeaders = {}) {
  const response = await new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, headers }, resolve).on('error', reject)
  })
  // biome-ignore lint/suspicious/noExplicitAny: whatever the upstream says
  return { status: response.statusCode, headers: response.headers, body: (await json(response)) as any }
}
