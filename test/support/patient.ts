import { setTimeout as pause } from 'node:timers/promises'
import { type Built, build } from './build.ts'
import type { Owner } from './owner.ts'

interface Configured {
  readonly defaults?: object
  readonly deadline?: object
  readonly [key: string]: unknown
}

/** Adds timeouts, where the test says nothing else, that are no matter on a slow machine. */
export function patient(config: Configured): object {
  const defaults = { timeout: '8s', connectTimeout: '5s', ...config.defaults }
  return { ...config, deadline: { default: '9s', ...config.deadline }, defaults }
}

/** A service with such timeouts. A request that it refuses because this machine is slow is made again. */
export async function buildPatient(t: Owner, config: Configured, level = 'debug'): Promise<Built> {
  const service = await build(t, patient(config), {}, level)
  const get: Built['get'] = async (path, options) => {
    for (;;) {
      const answer = await service.get(path, options)
      if (answer.json?.type !== 'urn:tributary:problem:overloaded') return answer
      await pause(100)
    }
  }
  return { ...service, get }
}
