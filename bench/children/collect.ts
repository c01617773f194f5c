import type { Dispatcher, Pool } from 'undici'

/** Makes a GET with undici's dispatch, and resolves to the body. */
export function collect(pool: Pool, path: string): Promise<Buffer> {
  return new Promise((resolve, reject) => pool.dispatch({ method: 'GET', path }, collector(resolve, reject)))
}

function collector(resolve: (body: Buffer) => void, reject: (error: Error) => void): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = []
  return {
    onRequestStart: () => {},
    onResponseStart: () => {},
    onResponseData: (_controller, chunk) => {
      chunks.push(chunk)
    },
    onResponseEnd: () => resolve(chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)),
    onResponseError: (_controller, error) => reject(error),
  }
}
