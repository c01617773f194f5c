import type { FileText, NamedFiles } from '../text/files.ts'
import { type ConfigProblem, type Finding, formatPath, type Path, samePath } from '../text/problems.ts'
import type { Yaml } from '../text/yaml.ts'
import type { Environment, Filled } from './environment.ts'

/** Passed to every check: how to report findings, and which parts to skip because they are broken. */
export interface Scope {
  problem(path: Path, message: string): void
  warn(path: Path, message: string): void
  /** Whether a problem was found at this path, above it or below it. */
  isBroken(path: Path): boolean
  isFromEnvironment(path: Path): boolean
  /** The text at this path with MASK in place of each environment reference; null if it has no reference. */
  masked(path: Path): string | null
  /** Returns `text`, or a substitute if the value at the path came from the environment: it may be a secret. */
  show(path: Path, text: string): string
  /** The value of an environment variable; undefined if it is not set. It may be a secret. */
  variable(name: string): string | undefined
  /** Reads a file whose name is relative to the directory of the configuration. */
  readFile(name: string): FileText
}

/** Creates the scope of a file. Checks add their findings to `problems` and `warnings`. */
export function newScope(
  { fromEnvironment, masked }: Filled,
  isBroken: (path: Path) => boolean,
  problems: Finding[],
  warnings: Finding[],
  files: NamedFiles,
  environment: Environment,
): Scope {
  const isFromEnvironment = (path: Path) => fromEnvironment.some((other) => samePath(path, other))
  return {
    problem: (path, message) => void problems.push({ path, message }),
    warn: (path, message) => void warnings.push({ path, message }),
    isBroken,
    isFromEnvironment,
    masked: (path) => masked.get(formatPath(path)) ?? null,
    show: (path, value) => (isFromEnvironment(path) ? 'what the environment says' : value),
    variable: (name) => (Object.hasOwn(environment, name) ? environment[name] : undefined),
    readFile: (name) => files.read(name),
  }
}

/** Adds lines to findings, sorts by line and removes duplicates: `defaults` are checked once for each source. */
export function inOrder(findings: readonly Finding[], { lineOf }: Yaml): ConfigProblem[] {
  const problems = findings.map(({ path, message }) => ({ path: formatPath(path), line: lineOf(path), message }))
  const unique = new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem]))
  return [...unique.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}
