import { expandSteps } from './template-expand.ts'
import { checkLiteral, fail, type Operator, type Piece, parsePieces } from './template-grammar.ts'
import { compileSteps } from './template-steps.ts'
import type { TemplateProblem, TemplateValues } from './template-value.ts'

export { TemplateError } from './template-grammar.ts'
export type { TemplateProblem, TemplateValue } from './template-value.ts'

/** One occurrence of a variable; `inPath` is false from the query on. */
export interface TemplateVariable {
  readonly name: string
  readonly operator: Operator
  readonly inPath: boolean
}

/** A compiled URL template. */
export interface Template {
  /** The template as configured. Secret. */
  readonly text: string
  /** Origin without credentials, in the form of `URL.origin`: `https://api.example:8443`. */
  readonly origin: string
  /** All occurrences of variables, in order. */
  readonly variables: readonly TemplateVariable[]
  /**
   * Returns path and query, encoded: it starts with one "/", contains only printable ASCII, and has no fragment.
   * Returns a problem if a value does not fit. Never throws. Ignores values that the template does not use.
   */
  expand(values: TemplateValues): { readonly path: string } | TemplateProblem
}

/**
 * Compiles an RFC 6570 URL template of level 4. Throws TemplateError; its message names the error and the correction,
 * and never contains the URL, which is secret.
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
  if (!parsed || parsed.port === '0')
    fail(host, 'the host or port is not valid; write for example https://api.example:8443')
  return { origin: parsed.origin, rest: url.slice(at - 1), at }
}

/**
 * Rejects a "//" at the start, which could be read as another host, and literal dot segments, which servers resolve in
 * different ways.
 */
function checkLiteralPath(pieces: readonly Piece[], at: number): void {
  const shown = pieces.map((piece) => (typeof piece === 'string' ? piece : piece.operator === '/' ? '/{' : '{'))
  const path = shown.join('').replace(/\?.*$/s, '')
  if (path.startsWith('//')) fail(at, 'the path begins with "//"; write one "/"')
  // variables in the syntax of Express and Next.js: a path may contain these characters, but a whole segment like this
  // is a mistake
  if (/\/:[A-Za-z_]\w*(?=\/|$)/.test(path))
    fail(at, 'the path holds "/:name", which is sent as it is; write /{name} for a variable, or /%3Aname for the text')
  if (/\/\[[A-Za-z_]\w*\](?=\/|$)/.test(path))
    fail(
      at,
      'the path holds "/[name]", which is sent as it is; write /{name} for a variable, or /%5Bname%5D for the text',
    )
  if (/\/(?:\.|%2e){1,2}(?=\/|$)/i.test(path)) fail(at, 'the path holds "." or ".."; write the path that they lead to')
}
