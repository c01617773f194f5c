import type http from 'node:http'
import type { FastifyInstance } from 'fastify'

/** Serves requests through an app that a reload can replace. A replaced app is closed when its last request has ended. */
export class Handler {
  #current: Serving
  readonly #closing = new Set<Promise<void>>()

  constructor(app: FastifyInstance) {
    this.#current = new Serving(app)
  }

  readonly serve = (request: http.IncomingMessage, response: http.ServerResponse): void =>
    this.#current.serve(request, response)

  /** Later requests go to this app. The one before it finishes its requests, and is closed then. */
  replace(app: FastifyInstance): void {
    this.#retire(this.#current)
    this.#current = new Serving(app)
  }

  /** Closes all apps. Resolves when their requests have ended, too; rejects if an app cannot be closed. */
  async close(): Promise<void> {
    this.#retire(this.#current)
    await Promise.all(this.#closing)
  }

  #retire(serving: Serving): void {
    const closed = serving.retire()
    this.#closing.add(closed)
    const forget = (): void => void this.#closing.delete(closed)
    closed.then(forget, forget)
  }
}

/** An app, and how many of its requests are in progress. */
class Serving {
  readonly #app: FastifyInstance
  #inProgress = 0
  #onIdle: (() => void) | null = null

  constructor(app: FastifyInstance) {
    this.#app = app
  }

  serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.#inProgress += 1
    // emitted exactly once, whether the answer was sent or the client has left
    response.once('close', () => this.#ended())
    this.#app.routing(request, response)
  }

  /** Closes the app when its last request has ended: its hooks for closing would not wait for it. */
  async retire(): Promise<void> {
    if (this.#inProgress > 0)
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    await this.#app.close()
  }

  #ended(): void {
    this.#inProgress -= 1
    if (this.#inProgress === 0) this.#onIdle?.()
  }
}
