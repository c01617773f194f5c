import type { Filled } from './text/environment.ts'
import { type ConfigProblem, type Finding, formatPath, type Path, samePath } from './text/problems.ts'
import type { Yaml } from './text/yaml.ts'

/** What every check gets: where it reports, and what to skip. */
export interface Scope {
  problem(path: Path, message: string): void
  warn(path: Path, message: string): void
  /** Whether a problem was found at this path, above it or below it. */
  isBroken(path: Path): boolean
  isFromEnvironment(path: Path): boolean
  /** What is written here with MASK for each reference to the environment; null where it holds none. */
  masked(path: Path): string | null
  /** The text for a message, or a substitute where the value at the path came from the environment. */
  show(path: Path, text: string): string
}

/** Makes the scope of a file. What the checks report is added to `problems` and `warnings`. */
export function newScope(
  { fromEnvironment, masked }: Filled,
  isBroken: (path: Path) => boolean,
  problems: Finding[],
  warnings: Finding[],
): Scope {
  const isFromEnvironment = (path: Path) => fromEnvironment.some((other) => samePath(path, other))
  return {
    problem: (path, message) => void problems.push({ path, message }),
    warn: (path, message) => void warnings.push({ path, message }),
    isBroken,
    isFromEnvironment,
    masked: (path) => masked.get(formatPath(path)) ?? null,
    show: (path, value) => (isFromEnvironment(path) ? 'what the environment says' : value),
  }
}

/** Findings with their lines, sorted by line, without duplicates: `defaults` are checked once for each source. */
export function inOrder(findings: readonly Finding[], { lineOf }: Yaml): ConfigProblem[] {
  const problems = findings.map(({ path, message }) => ({ path: formatPath(path), line: lineOf(path), message }))
  const unique = new Map(problems.map((problem) => [`${problem.path}\n${problem.message}`, problem]))
  return [...unique.values()].sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
}
