/** An error or a warning about a configuration. Never contains a value of a secret key. */
export interface ConfigProblem {
  /** `sources.weather.timeout`, `views.home.sources[1]`; empty for the file itself. */
  readonly path: string
  /** From 1; null if the value is not in the file, such as an environment variable. */
  readonly line: number | null
  readonly message: string
}

/** The keys and indexes that lead to a value. */
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

/** `sources.weather.timeout`, `views.home.sources[1]`; a key that is not a plain name is quoted in brackets. */
export function formatPath(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : formatKey(step))).join('')
  return text.replace(/^\./, '')
}

function formatKey(key: string): string {
  return /^[\w-]+$/.test(key) ? `.${shorten(key)}` : `[${quote(key)}]`
}

/** Formats a value as JSON, so that no control character reaches a terminal. Long values are cut. */
export function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(shorten(value)) : shorten(JSON.stringify(value))
}

function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 59)}…` : text
}

/** Whether two paths lead to the same place. */
export function samePath(a: Path, b: Path): boolean {
  return a.length === b.length && startsWith(a, b)
}

/** Whether `path` is `start` or lies below it. */
export function startsWith(path: Path, start: Path): boolean {
  return start.every((step, index) => path[index] === step)
}
