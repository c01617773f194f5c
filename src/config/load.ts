import { assemble } from './assemble.ts'
import type { Config } from './config.ts'
import { validateWritten } from './schema/written.ts'
import { configSchema } from './schema.ts'
import type { Scope } from './scope.ts'
import { type Environment, fillEnvironment } from './text/environment.ts'
import { type ConfigProblem, type Finding, formatPath, samePath } from './text/problems.ts'
import { readText } from './text/read-text.ts'
import { readYaml, type Yaml } from './text/yaml.ts'

export { type ConfigProblem, formatProblem } from './text/problems.ts'

/** A configuration, or everything that is wrong with it; in the order of the file. */
export type Loaded =
  | { readonly config: Config; readonly warnings: readonly ConfigProblem[]; readonly problems: readonly [] }
  | { readonly config: null; readonly warnings: readonly ConfigProblem[]; readonly problems: readonly ConfigProblem[] }

/** Reads a file (YAML or JSON, UTF-8). One that cannot be read is a problem with an empty path. */
export async function loadConfig(file: string, environment: Environment): Promise<Loaded> {
  const text = await readText(file)
  if ('text' in text) return parseConfig(text.text, environment)
  return refuse([{ path: '', line: null, message: text.problem }])
}

/**
 * Reads YAML 1.2 or JSON, fills in ${NAME} from `environment`, and checks everything at once. HOST and PORT in
 * `environment` take precedence over the file. Never throws; no message holds what is written under a secret key.
 */
export function parseConfig(text: string, environment: Environment): Loaded {
  const yaml = readYaml(text)
  if ('problems' in yaml) return refuse(yaml.problems)
  const filled = fillEnvironment(yaml.tree, configSchema, environment)
  const validated = validateWritten(filled)
  const problems: Finding[] = [...validated.problems]
  const warnings: Finding[] = []
  const isFromEnvironment = (path: Finding['path']) => filled.fromEnvironment.some((other) => samePath(path, other))
  const scope: Scope = {
    problem: (path, message) => void problems.push({ path, message }),
    warn: (path, message) => void warnings.push({ path, message }),
    isBroken: validated.isBroken,
    isFromEnvironment,
    masked: (path) => filled.masked.get(formatPath(path)) ?? null,
    show: (path, value) => (isFromEnvironment(path) ? 'what the environment says' : value),
  }
  const config = assemble(validated.written, environment, scope)
  if (problems.length > 0) return refuse(inOrder(problems, yaml), inOrder(warnings, yaml))
  return { config, warnings: inOrder(warnings, yaml), problems: [] }
}

function refuse(problems: readonly ConfigProblem[], warnings: readonly ConfigProblem[] = []): Loaded {
  return { config: null, warnings, problems }
}

/** Sorted by line, without duplicates: `defaults` are checked once for each source. */
function inOrder(findings: readonly Finding[], { lineOf }: Yaml): ConfigProblem[] {
  const problems = findings.map(({ path, message }) => ({ path: formatPath(path), line: lineOf(path), message }))
  const unique = new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem]))
  return [...unique.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}
