import { parseTemplate } from 'url-template'
import { type ExpressionStep, expandSteps, type LiteralStep, type Step } from './template-expand.ts'
import { checkLiteral, type Expression, fail, type Operator, type Piece, parsePieces } from './template-grammar.ts'
import type { TemplateProblem, TemplateValues } from './template-value.ts'

export { TemplateError } from './template-grammar.ts'
export type { TemplateProblem, TemplateValue } from './template-value.ts'

/** One place in which a variable stands; `inPath` is false from the query on. */
export interface TemplateVariable {
  readonly name: string
  readonly operator: Operator
  readonly inPath: boolean
}

export interface Template {
  /** As written. Secret. */
  readonly text: string
  /** As `URL.origin` has it: `https://api.example:8443`, no credentials. */
  readonly origin: string
  /** Every place of every variable, in order. */
  readonly variables: readonly TemplateVariable[]
  /**
   * Path and query as they go on the wire: starts with one "/", only printable ASCII, never a fragment; or what is
   * wrong. Never throws. Values of names that the template does not hold are ignored.
   */
  expand(values: TemplateValues): { readonly path: string } | TemplateProblem
}

/**
 * Checks an RFC 6570 level 4 URL template and prepares it. Throws TemplateError, whose message says what is wrong and
 * what would be right and never holds the URL, which is secret.
 */
export function compileTemplate(url: string): Template {
  const { origin, rest, at } = splitOrigin(url)
  const pieces = parsePieces(rest, at)
  checkLiteralPath(pieces, at)
  const steps = compileSteps(pieces, at)
  const variables = steps.flatMap((step) =>
    'text' in step ? [] : step.variables.map(({ name }) => ({ name, operator: step.operator, inPath: step.inPath })),
  )
  if (variables.length > 0) return { text: url, origin, variables, expand: (values) => expandSteps(steps, values) }
  const constant = expandSteps(steps, {})
  return { text: url, origin, variables, expand: () => constant }
}

/** `at` is the position, from 1, of `rest`. */
function splitOrigin(url: string): { origin: string; rest: string; at: number } {
  const [, scheme, authority] = /^(https?:\/\/)([^/?#{]*)/i.exec(url) ?? []
  if (scheme === undefined || authority === undefined) fail(1, 'the URL must begin with https:// or http://')
  const host = scheme.length + 1
  const at = host + authority.length
  checkLiteral(authority, host)
  if (authority === '' || !/^(?:$|[/?#]|\{[/?#])/.test(url.slice(at - 1, at + 1))) {
    fail(at, 'the origin needs a host and can hold no variable; after it stands /, ?, {/name}, {?name} or nothing')
  }
  if (authority.includes('@')) fail(host, 'the origin can hold no user or password; write an authorization header')
  const parsed = URL.parse(scheme + authority)
  if (!parsed) fail(host, 'the host or port is not valid; write for example https://api.example:8443')
  return { origin: parsed.origin, rest: url.slice(at - 1), at }
}

/** A literal "//" at the beginning would read as another host, and servers resolve literal dots, each in its own way. */
function checkLiteralPath(pieces: readonly Piece[], at: number): void {
  const shown = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.operator === '/' ? '/{' : '{'))
  const path = shown.join('').replace(/\?.*$/s, '')
  if (path.startsWith('//')) fail(at, 'the path begins with "//"; write one "/"')
  // variables of Express and Next.js: a path may hold these characters, but nobody means a whole segment like that
  if (/\/:[A-Za-z_]\w*(?=\/|$)/.test(path))
    fail(at, 'the path holds "/:name", which is sent as it is; write /{name} for a variable, or /%3Aname for the text')
  if (/\/\[[A-Za-z_]\w*\](?=\/|$)/.test(path))
    fail(
      at,
      'the path holds "/[name]", which is sent as it is; write /{name} for a variable, or /%5Bname%5D for the text',
    )
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(path)) fail(at, 'the path holds "." or ".."; write the path that they lead to')
}

/** Where a piece stands: `maybe` is after `{?x}`, which writes no "?" when x is absent. */
type Place = 'path' | 'maybe' | 'query' | 'fragment'

function compileSteps(pieces: readonly Piece[], at: number): Step[] {
  let place: Place = 'path'
  return pieces.map((piece) => {
    const step = typeof piece === 'string' ? compileLiteral(piece, place, at) : compileExpression(piece, place)
    place = placeAfter(piece, place)
    return step
  })
}

function placeAfter(piece: Piece, place: Place): Place {
  if (typeof piece !== 'string') return piece.operator === '#' ? 'fragment' : piece.operator === '?' ? 'maybe' : place
  return place === 'maybe' || (place === 'path' && piece.includes('?')) ? 'query' : place
}

function compileLiteral(text: string, place: Place, at: number): LiteralStep {
  if (place === 'maybe' && !text.startsWith('&')) fail(at, 'after {?name} only "&" or {&name} can follow')
  return { text: parseTemplate(text).expand({}), inPath: place === 'path', mayBeginQuery: place === 'maybe' }
}

function compileExpression({ operator, variables, at }: Expression, place: Place): ExpressionStep {
  checkPlace(operator, place, at)
  const named = operator === '?' || operator === '&' || operator === ';'
  return {
    operator,
    opening: operator === '+' ? '' : operator,
    separator: operator === '?' ? '&' : operator === '' || operator === '+' || operator === '#' ? ',' : operator,
    inPath: place === 'path' && operator !== '?' && operator !== '#',
    mayBeginQuery: place === 'maybe' && operator === '&',
    // The library sees one variable at a time and no prefix: it cuts surrogate pairs in half, and writes empty lists.
    variables: variables.map(({ name, prefix, explode }) => ({
      name,
      prefix,
      key: named ? `${name}=` : '',
      library: parseTemplate(`{${operator}${name}${explode ? '*' : ''}}`),
    })),
  }
}

function checkPlace(operator: Operator, place: Place, at: number): void {
  if (operator === '?' && (place === 'query' || place === 'maybe')) fail(at, 'the query has begun; write {&name}')
  if (operator === '&' && place === 'path') fail(at, 'no query has begun; write {?name}')
  if (place === 'maybe' && operator !== '&' && operator !== '#')
    fail(at, 'after {?name} only "&" or {&name} can follow')
}
