import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import type { Config } from '../../src/config/config.ts'
import { parseConfig } from '../../src/config/load.ts'

/** What the tests of deploy/ read. */

export const ROOT = join(import.meta.dirname, '../..')

// biome-ignore lint/suspicious/noExplicitAny: schemas check the form of the files
export type Tree = any

export function read(path: string): string {
  return readFileSync(join(ROOT, 'deploy', path), 'utf8')
}

export function yamlOf(path: string): Tree {
  return parse(read(path))
}

/** All documents of a file. */
export function documentsOf(path: string): readonly Tree[] {
  return parseAllDocuments(read(path)).map((document) => document.toJS())
}

/** Checks a configuration as the service does. `environment` is what its container gets. */
export function configOf(path: string, environment: NodeJS.ProcessEnv): Config {
  const { config, problems } = parseConfig(read(path), environment)
  if (config === null) throw new Error(`${path}: ${problems.map(({ message }) => message).join('; ')}`)
  return config
}

/** What the image sets, in its Dockerfile. */
export const IMAGE = {
  environment: { HOST: '0.0.0.0', PORT: '3000' },
  user: 1000,
  port: 3000,
  folder: '/app',
}

/** After the time limits of requests: what the last log lines and spans may take, in milliseconds. */
export const LAST_WORDS_MS = 3000

/** The longest time that stopping takes, in milliseconds. */
export function stopMsOf({ server }: Config): number {
  return server.drainDelayMs + server.shutdownTimeoutMs + LAST_WORDS_MS
}
