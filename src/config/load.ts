import type { Config } from './config.ts'
import { configSchema, resolveConfig } from './configuration.ts'
import { type Environment, fillEnvironment } from './schema/environment.ts'
import { checkInput } from './schema/input.ts'
import { inOrder, newScope } from './schema/report.ts'
import { secretsOf } from './secrets.ts'
import type { ConfigProblem, Finding } from './text/problems.ts'
import { readText } from './text/read-text.ts'
import { readYaml } from './text/yaml.ts'

export { type ConfigProblem, formatProblem } from './text/problems.ts'

/** A valid configuration, or null with all its problems. Problems and warnings are in the order of the file. */
export type Loaded =
  | { readonly config: Config; readonly warnings: readonly ConfigProblem[]; readonly problems: readonly [] }
  | { readonly config: null; readonly warnings: readonly ConfigProblem[]; readonly problems: readonly ConfigProblem[] }

/** Reads and checks a configuration file (YAML or JSON, UTF-8). A read error is a problem with an empty path. */
export async function loadConfig(file: string, environment: Environment): Promise<Loaded> {
  const text = await readText(file)
  if ('text' in text) return parseConfig(text.text, environment)
  return refuse([{ path: '', line: null, message: text.problem }])
}

/**
 * Reads YAML 1.2 or JSON, fills in ${NAME} from `environment`, and checks everything at once. HOST and PORT in
 * `environment` take precedence over the file. Never throws; no message contains a value of a secret key.
 */
export function parseConfig(text: string, environment: Environment): Loaded {
  const yaml = readYaml(text)
  if ('problems' in yaml) return refuse(yaml.problems)
  const filled = fillEnvironment(yaml.tree, configSchema, environment)
  const checked = checkInput(configSchema, filled)
  const problems: Finding[] = [...checked.problems]
  const warnings: Finding[] = []
  const scope = newScope(filled, checked.isBroken, problems, warnings)
  const config = resolveConfig(checked.input, environment, scope)
  if (problems.length > 0) return refuse(inOrder(problems, yaml), inOrder(warnings, yaml))
  const secrets = secretsOf(checked.input, [...filled.filledIn])
  return { config: { ...config, secrets }, warnings: inOrder(warnings, yaml), problems: [] }
}

function refuse(problems: readonly ConfigProblem[], warnings: readonly ConfigProblem[] = []): Loaded {
  return { config: null, warnings, problems }
}
