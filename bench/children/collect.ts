import type { Dispatcher, Pool } from 'undici'

/** A response that has arrived. */
export interface Collected {
  readonly status: number
  readonly body: Buffer
}

/** Makes a GET with undici's dispatch, and resolves to the response. */
export function collect(pool: Pool, path: string): Promise<Collected> {
  return new Promise((resolve, reject) => pool.dispatch({ method: 'GET', path }, collector(resolve, reject)))
}

function collector(
  resolve: (collected: Collected) => void,
  reject: (error: Error) => void,
): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  let status = 0
  return {
    onRequestStart: () => {},
    onResponseStart: (_controller, statusCode) => {
      status = statusCode
    },
    onResponseData: (_controller, chunk) => {
      chunks.push(chunk)
    },
    onResponseEnd: () => {
      const body = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
      resolve({ status, body })
    },
    onResponseError: (_controller, error) => reject(error),
  }
}
