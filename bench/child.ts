import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A child process. Each part of a measurement has its own, so that they do not share an event loop. */
export class Child {
  readonly #process: ChildProcess

  private constructor(process: ChildProcess) {
    this.#process = process
  }

  /** Starts `children/<name>.ts`; it ends by itself when this process does. */
  static start(name: string): Child {
    return new Child(fork(fileURLToPath(new URL(`./children/${name}.ts`, import.meta.url))))
  }

  /** Sends one question and resolves to its answer; one at a time. Rejects if the child ends instead. */
  async ask<Answer>(question: object): Promise<Answer> {
    const ended = new AbortController()
    const { signal } = ended
    try {
      const failed = once(this.#process, 'exit', { signal }).then(([code]) => {
        throw new Error(`a child ended with ${code}`)
      })
      const answered = once(this.#process, 'message', { signal })
      if (this.#process.exitCode !== null) throw new Error(`a child ended with ${this.#process.exitCode}`)
      // if sending fails, the exit event rejects
      this.#process.send(question, () => {})
      const [answer] = await Promise.race([answered, failed])
      return answer as Answer
    } finally {
      ended.abort()
    }
  }

  /** Ends the process, and resolves when it has ended. */
  async stop(): Promise<void> {
    if (this.#process.exitCode !== null) return
    const exited = once(this.#process, 'exit')
    if (this.#process.connected) this.#process.disconnect()
    await exited
  }
}

/** Runs `work`, then stops the children, even if it fails. */
export async function withChildren<Result>(children: readonly Child[], work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } finally {
    await Promise.all(children.map((child) => child.stop()))
  }
}
