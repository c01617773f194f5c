import Type from 'typebox'
import type { Method } from '../../core/method.ts'
import { NAME_PATTERN, NAME_RULE } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import type { Path } from '../text/problems.ts'

/** The key `path` of a view: where it is served. */

/** One segment of a view's path. */
export type Segment = { readonly literal: string } | { readonly variable: string }

/** Where a view is served. */
export interface ViewPath {
  /** As written, without a slash at the end. */
  readonly text: string
  readonly segments: readonly Segment[]
}

export const pathSchema = Type.String({
  description:
    'Where the view is served, instead of /aggregate/{view}: literal segments and `{name}` segments. Each name is what clients call a parameter of a source of the view, which is then taken from the path only. Default: /aggregate/{view}.',
  examples: ['/v1/cities/{q}/home'],
  alsoCalled: 'url route endpoint uri',
  hint: 'Write for example path: /v1/cities/{q}/home',
})

/** First segments of our own paths: no view may have one of these, nor take it for the value of a variable. */
export const OWN_SEGMENTS = ['aggregate', 'sources', 'health', 'metrics', 'docs']
/** Characters of a segment that mean only themselves (RFC 3986, section 3.3), without `%` and `*`. */
const LITERAL = /^[\w.~!$&'()+,;=@:-]+$/
const NAME = new RegExp(NAME_PATTERN)

/** Parses `path`. Returns null, and reports why, if it is not valid. */
export function resolvePath(input: string | undefined, path: Path, { problem, isBroken }: Scope): ViewPath | null {
  if (input === undefined || isBroken(path)) return null
  const parsed = parsePath(input)
  if (typeof parsed === 'object') return parsed
  problem(path, parsed)
  return null
}

/** Returns the path, or what is wrong with it. */
function parsePath(written: string): ViewPath | string {
  if (!written.startsWith('/')) return `must begin with a slash, as in /v1/home`
  const text = written.length > 1 && written.endsWith('/') ? written.slice(0, -1) : written
  const parts = text.slice(1).split('/')
  const wrong = ownProblem(parts[0] ?? '') ?? parts.map(segmentProblem).find((one) => one !== null)
  if (wrong) return wrong
  const segments = parts.map((part) => (part.startsWith('{') ? { variable: part.slice(1, -1) } : { literal: part }))
  const names = segments.flatMap((segment) => ('variable' in segment ? [segment.variable] : []))
  const twice = names.find((name, index) => names.indexOf(name) < index)
  return twice === undefined ? { text, segments } : `has the variable {${twice}} twice; name each once`
}

function ownProblem(first: string): string | null {
  if (first === '') return 'is a path of the service itself; begin it with a segment of your own, as in /v1/home'
  return OWN_SEGMENTS.includes(first)
    ? `/${first}, and what is below it, are paths of the service itself; choose another first segment, as in /v1/home`
    : null
}

function segmentProblem(part: string): string | null {
  if (part === '') return 'has an empty segment; write one slash between segments'
  if (part === '.' || part === '..')
    return `has the segment "${part}", which clients remove before they ask; leave it out`
  if (/^\{[^{}]*\}$/.test(part)) {
    return NAME.test(part.slice(1, -1)) ? null : `has the variable ${part}, and a name must be ${NAME_RULE}`
  }
  if (/[{}]/.test(part)) return `has the segment "${part}"; a variable is a whole segment, as in /users/{id}/orders`
  if (part.includes('%')) return `has the segment "${part}"; write characters as they are, without percent-encoding`
  return LITERAL.test(part)
    ? null
    : `has the segment "${part}"; only letters, digits and -._~!$&'()+,;=@: may stand there, and variables as {name}`
}

/** A view's id, method and path. */
interface Routed {
  readonly id: string
  readonly method: Method
  readonly path: ViewPath | null
}

/**
 * Refuses two views with the same method and paths that differ only in the names of their variables, and one path with
 * differently named variables.
 */
export function checkPaths(views: Iterable<Routed>, { problem }: Scope): void {
  const seen: Routed[] = []
  for (const view of views) {
    if (view.path === null) continue
    const at = ['views', view.id, 'path']
    const like = seen.filter(
      (other) => other.path !== null && patternOf(other.path) === patternOf(view.path as ViewPath),
    )
    const same = like.find(({ method }) => method === view.method)
    const named = like.find(({ path }) => path?.text !== view.path?.text)
    if (same) problem(at, `"${same.id}" is served there, too, for ${view.method}; change one path or one method`)
    else if (named?.path)
      problem(at, `"${named.id}" names the variables of this path differently (${named.path.text}); use the same names`)
    seen.push(view)
  }
}

function patternOf({ segments }: ViewPath): string {
  return segments.map((segment) => ('variable' in segment ? '{}' : segment.literal)).join('/')
}

/** The variables of a path. */
export function variablesOf(path: ViewPath | null): readonly string[] {
  return path?.segments.flatMap((segment) => ('variable' in segment ? [segment.variable] : [])) ?? []
}
