import { formatProblem, type Loaded } from '../config/load.ts'
import type { Service } from '../service.ts'
import type { Log } from '../telemetry/logger.ts'

export interface ReloaderOptions {
  readonly service: Pick<Service, 'reload'>
  readonly log: Log
  /** Reads and checks the configuration anew. */
  readonly load: () => Promise<Loaded>
}

/** Reloads the configuration on request, one reload at a time. Requests during a reload make one more. */
export class Reloader {
  readonly #options: ReloaderOptions
  #running: Promise<void> | null = null
  #isAsked = false
  #isStopped = false

  constructor(options: ReloaderOptions) {
    this.#options = options
  }

  /** Asks for a reload. */
  request(): void {
    if (this.#isStopped) return
    this.#isAsked = true
    this.#running ??= this.#run()
  }

  /** Ignores later requests. Resolves when no reload is in progress; one that only reads its file is given up. */
  async stop(): Promise<void> {
    this.#isStopped = true
    await this.#running
  }

  async #run(): Promise<void> {
    while (this.#isAsked && !this.#isStopped) {
      this.#isAsked = false
      await this.#reload()
    }
    this.#running = null
  }

  /** Keeps the old configuration if the new one cannot be used, and logs why. */
  async #reload(): Promise<void> {
    const { service, load } = this.#options
    const { logger } = this.#options.log
    try {
      const { config, problems, warnings } = await load()
      if (this.#isStopped) return
      if (config === null) {
        logger.error({ problems: problems.map(formatProblem) }, 'reload refused: the old configuration stays')
        return
      }
      const reloaded = await service.reload(config)
      logger.info({ ...reloaded, warnings: warnings.map(formatProblem) }, 'reloaded')
      const { needRestart } = reloaded
      if (needRestart.length > 0) logger.warn({ keys: needRestart }, 'these keys need a restart; their old values stay')
    } catch (err) {
      logger.error({ err }, 'reload failed: the old configuration stays')
    }
  }
}
