import type { Host } from './connection.ts'
import type { Handler, SeenRequest } from './exchange.ts'
import { rows } from './table.ts'

/** The handlers by path, and the requests so far. */
export class Book implements Host {
  requests: SeenRequest[] = []
  #counts = new Map<string, number>()
  readonly #handlers: ReadonlyMap<string, Handler>

  constructor(script: Record<string, Handler>) {
    this.#handlers = new Map([...rows.map(({ path, handle }) => [path, handle] as const), ...Object.entries(script)])
  }

  accept(request: SeenRequest): { handle: Handler; nth: number } {
    this.requests.push(request)
    const nth = (this.#counts.get(request.path) ?? 0) + 1
    this.#counts.set(request.path, nth)
    const parent = /^\/[^/]*/.exec(request.path)?.[0] ?? ''
    return { handle: this.#handlers.get(request.path) ?? this.#handlers.get(parent) ?? unknownPath, nth }
  }

  count(path: string): number {
    if (!path.includes('?')) return this.#counts.get(path) ?? 0
    return this.requests.filter(({ target }) => target === path).length
  }

  reset(): void {
    this.requests = []
    this.#counts.clear()
  }
}

const unknownPath: Handler = async (x) => {
  await x.reply({ status: 404, body: `no such row: ${x.request.path}` })
}
