import { serveServer } from './serve.ts'
import { startTributary } from './start.ts'

/** Tributary, with a configuration. */
export interface TributaryQuestion {
  readonly config: object
}

serveServer(({ config }: TributaryQuestion) => startTributary(config))
