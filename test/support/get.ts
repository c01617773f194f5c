import { type Agent, request } from 'node:http'
import type { HeaderMap } from './wire.ts'

export interface GetOptions {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** Keeps connections alive. Default: one connection for one request. */
  agent?: Agent
  timeoutMs?: number
}

export interface GetResponse {
  readonly status: number
  readonly headers: HeaderMap
  readonly body: string
  /** The body parsed; undefined when it is not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests read arbitrary members
  readonly json: any
  readonly ms: number
}

/** Makes one request with node:http. Rejects if there is no complete response. */
export function get(url: string, options: GetOptions = {}): Promise<GetResponse> {
  const { method = 'GET', headers = {}, body, agent = false, timeoutMs = 10_000 } = options
  const started = performance.now()
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const status = response.statusCode ?? 0
        const all = response.headers as HeaderMap
        resolve({ status, headers: all, body: text, json: parsed(text), ms: performance.now() - started })
      })
    })
    const timer = setTimeout(() => sent.destroy(new Error(`no answer from ${url} within ${timeoutMs} ms`)), timeoutMs)
    sent.on('error', reject).on('close', () => clearTimeout(timer))
    sent.end(body)
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
