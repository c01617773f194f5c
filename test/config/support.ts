import type { Config, SourceConfig } from '../../src/config/config.ts'
import { formatProblem, parseConfig } from '../../src/config/load.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The smallest valid configuration; tests add keys to it. */
export const MINIMAL = 'sources: { a: { url: "https://a.example/" } }'

/** The resolved configuration. Fails if there is any problem. */
export function configOf(text: string, environment: Environment = {}): Config {
  const { config, problems } = parseConfig(text, environment)
  if (config === null) throw new Error(problems.map(formatProblem).join('\n'))
  return config
}

/** Every problem as a line of text. */
export function problemsOf(text: string, environment: Environment = {}): readonly string[] {
  return parseConfig(text, environment).problems.map(formatProblem)
}

/** Every warning as a line of text. */
export function warningsOf(text: string, environment: Environment = {}): readonly string[] {
  return parseConfig(text, environment).warnings.map(formatProblem)
}

/** A source that is written in YAML's flow style: `timeout: 2s, required: true`. Its url is given unless written. */
export function sourceOf(keys: string, environment: Environment = {}, defaults = ''): SourceConfig {
  const source = configOf(oneSource(keys, defaults), environment).sources.get('a')
  if (!source) throw new Error('no source')
  return source
}

/** A file with one source, "a", on line 3. `defaults` are on line 1. */
export function oneSource(keys: string, defaults = ''): string {
  const url = /\burl:/.test(keys) ? '' : 'url: "https://a.example/", '
  return `defaults: { ${defaults} }\nsources:\n  a: { ${url}${keys} }\n`
}
