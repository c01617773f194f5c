import { closest, distance } from 'fastest-levenshtein'

/** Something wrong with a configuration, or worth a warning. Never holds what is written under a secret key. */
export interface ConfigProblem {
  /** `sources.weather.timeout`, `views.home.sources[1]`; empty for the file itself. */
  readonly path: string
  /** From 1; null where there is no such place, as for an environment variable. */
  readonly line: number | null
  readonly message: string
}

export type Path = readonly (string | number)[]

/** A problem whose line is not known yet. */
export interface Finding {
  readonly path: Path
  readonly message: string
}

/** `sources.weather.timeout (line 12): "10" has no unit; write for example 10ms, 2s or 1m`. */
export function formatProblem({ path, line, message }: ConfigProblem): string {
  const where = line === null ? path : `${path} (line ${line})`.trimStart()
  return where === '' ? message : `${where}: ${message}`
}

export function formatPath(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : formatKey(step))).join('')
  return text.replace(/^\./, '')
}

function formatKey(key: string): string {
  return /^[\w-]+$/.test(key) ? `.${shorten(key)}` : `[${quote(key)}]`
}

/** As JSON, so that no control character reaches a terminal; long ones are cut. */
export function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(shorten(value)) : shorten(JSON.stringify(value))
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** `; did you mean "timeout"?`, or what else there is where none is that near. */
export function suggest(name: string, known: readonly string[]): string {
  const near = nearest(name, known)
  if (near !== null) return `; did you mean "${near}"?`
  if (known.length === 1) return `; the only one is "${known[0]}"`
  return known.length === 0 ? '' : `; known are ${known.slice(0, MAX_LISTED).join(', ')}${more(known)}`
}

/** The known name that was probably meant; null where none is that near. */
export function nearest(name: string, known: readonly string[]): string | null {
  const lowerCase = known.map((other) => other.toLowerCase())
  const found = known[lowerCase.indexOf(closest(name.toLowerCase(), lowerCase))]
  if (found === undefined) return null
  const steps = distance(name.toLowerCase(), found.toLowerCase())
  return steps < found.length && steps <= Math.max(2, Math.max(name.length, found.length) / 2) ? found : null
}

/** More than a person reads. */
const MAX_LISTED = 12

function more({ length }: readonly string[]): string {
  return length > MAX_LISTED ? ` and ${length - MAX_LISTED} more` : ''
}

export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b)
}

export function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step)
}

/** Path patterns; null matches any step. */
const SECRETS: readonly (readonly (string | null)[])[] = [
  ['redis'],
  ['server', 'auth'],
  ...['url', 'values', 'headers', 'body'].flatMap((key) => [
    ['defaults', key],
    ['sources', null, key],
  ]),
]

/** Whether messages must never show the value at this path. */
export function isSecret(path: Path): boolean {
  return SECRETS.some((secret) => secret.every((step, index) => step === null || step === path[index]))
}
