import { dirname } from 'node:path'
import type { Config } from './config.ts'
import { configSchema, resolveConfig } from './configuration.ts'
import { type Environment, fillEnvironment } from './schema/environment.ts'
import { checkInput } from './schema/input.ts'
import { inOrder, newScope } from './schema/report.ts'
import { proxyTexts, secretsOf } from './secrets.ts'
import { NamedFiles } from './text/files.ts'
import type { ConfigProblem, Finding } from './text/problems.ts'
import { readText } from './text/read-text.ts'
import { readYaml } from './text/yaml.ts'

export { type ConfigProblem, formatProblem } from './text/problems.ts'

/** A valid configuration, or null with all its problems. Problems and warnings are in the order of the file. */
export type Loaded = {
  readonly warnings: readonly ConfigProblem[]
  /** Absolute paths of the other files that it names, as far as they are known, whether they could be read or not. */
  readonly files: readonly string[]
} & (
  | { readonly config: Config; readonly problems: readonly [] }
  | { readonly config: null; readonly problems: readonly ConfigProblem[] }
)

/** Reads and checks a configuration file (YAML or JSON, UTF-8). A read error is a problem with an empty path. */
export async function loadConfig(file: string, environment: Environment): Promise<Loaded> {
  const text = await readText(file)
  if ('text' in text) return parseConfig(text.text, environment, dirname(file))
  return refuse([{ path: '', line: null, message: text.problem }])
}

/**
 * Reads YAML 1.2 or JSON, fills in ${NAME} from `environment`, and checks everything at once. HOST and PORT in
 * `environment` take precedence over the file. Names of other files are relative to `folder`. Never throws; no message
 * contains a value of a secret key.
 */
export function parseConfig(text: string, environment: Environment, folder = '.'): Loaded {
  const yaml = readYaml(text)
  if ('problems' in yaml) return refuse(yaml.problems)
  const filled = fillEnvironment(yaml.tree, configSchema, environment)
  const checked = checkInput(configSchema, filled)
  const problems: Finding[] = [...checked.problems]
  const warnings: Finding[] = []
  const named = new NamedFiles(folder)
  const scope = newScope(filled, checked.isBroken, problems, warnings, named, environment)
  const config = resolveConfig(checked.input, environment, scope)
  const files = named.paths
  if (problems.length > 0) return { ...refuse(inOrder(problems, yaml)), warnings: inOrder(warnings, yaml), files }
  const secrets = secretsOf(checked.input, [...filled.filledIn, ...proxyTexts(config.sources.values())])
  return { config: { ...config, secrets }, warnings: inOrder(warnings, yaml), problems: [], files }
}

function refuse(problems: readonly ConfigProblem[]): Loaded {
  return { config: null, warnings: [], problems, files: [] }
}
