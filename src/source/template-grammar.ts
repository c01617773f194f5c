/**
 * Parses RFC 6570 templates of level 4, restricted to URLs of sources. The URL is secret: messages contain only names
 * of variables, and positions, counted in characters from 1.
 */
export type Operator = '' | '+' | '#' | '.' | '/' | ';' | '?' | '&'

/** `{name:prefix}` or `{name*}`. */
interface VariableSpec {
  readonly name: string
  readonly prefix: number | null
  readonly explode: boolean
}

/** An expression such as `{?q,limit}`. */
export interface Expression {
  readonly operator: Operator
  readonly variables: readonly VariableSpec[]
  /** Position of its opening brace. */
  readonly at: number
}

/** A string is literal text. */
export type Piece = string | Expression

/** The template is not valid. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError'
}

// RFC 6570 allows the name `__proto__`, but it is unsafe as a key of objects.
const SPEC = /^(?!__proto__(?:[:*]|$))([A-Za-z_][A-Za-z0-9_]{0,62})(?:(\*)|:([1-9][0-9]{0,3}))?$/
// Characters that RFC 6570 (section 2.1) does not allow in literals, except the apostrophe, which erratum 6937 allows.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the pattern must match control characters
const NO_LITERAL = /[\u0000-\u0020\u007f"<>\\^`{|}#]|%(?![0-9A-Fa-f]{2})|\p{Surrogate}/u

/** Splits text into literals and expressions. `at` is the position of `text` in the URL. Throws TemplateError. */
export function parsePieces(text: string, at: number): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  while (from < text.length) {
    const opening = text[from] === '{'
    const found = text.indexOf(opening ? '}' : '{', from)
    if (opening && found < 0) fail(at + from, 'a brace is opened and never closed; write {name}')
    const end = found < 0 ? text.length : found
    const inner = text.slice(from + (opening ? 1 : 0), end)
    pieces.push(opening ? parseExpression(inner, at + from) : checkLiteral(inner, at + from))
    from = opening ? end + 1 : end
  }
  return pieces
}

/** Throws a TemplateError for a position in the URL. */
export function fail(at: number, what: string): never {
  throw new TemplateError(`character ${at}: ${what}`)
}

/** Returns the text. Throws TemplateError if it is not a valid literal or cannot be sent. */
export function checkLiteral(text: string, at: number): string {
  const bad = NO_LITERAL.exec(text)
  if (bad) fail(at + bad.index, literalProblem(bad[0]))
  return text
}

function literalProblem(character: string): string {
  if (character === '}') return 'a brace is closed that was never opened; write {name}'
  if (character === '#') return 'a fragment is never sent; leave it out, or write %23'
  if (character === '%') return '"%" needs two hexadecimal digits after it; write %25 for the character itself'
  const code = character.charCodeAt(0)
  if (code >= 0xd800) return 'half of a character (a lone surrogate)'
  const encoded = `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  if (character === '<') return `"<" cannot stand in a URL; write {name} for a variable, or ${encoded} for the text`
  return `this character cannot stand in a URL; write ${encoded}`
}

function parseExpression(inner: string, at: number): Expression {
  const first = inner.charAt(0)
  if (first === '') fail(at, 'an empty expression; write {name}')
  if ('=,!@|'.includes(first)) fail(at, `RFC 6570 reserves the operator "${first}"; use one of + # . / ; ? &`)
  const operator = ('+#./;?&'.includes(first) ? first : '') as Operator
  const specs = inner.slice(operator.length).split(',')
  return { operator, variables: specs.map((spec) => parseSpec(spec, at)), at }
}

function parseSpec(spec: string, at: number): VariableSpec {
  const [, name, explode, prefix] = SPEC.exec(spec) ?? []
  if (name === undefined) fail(at, specProblem(spec))
  return { name, prefix: prefix === undefined ? null : Number(prefix), explode: explode !== undefined }
}

function specProblem(spec: string): string {
  const name = spec.replace(/[:*].*$/s, '')
  if (name === '') return 'an expression lacks a variable name; write {name}, or {name,other}'
  if (name.includes('{')) return 'a brace is opened inside an expression; write {name}'
  if (name.includes('-')) return 'RFC 6570 names hold no hyphen; write ?api-key={key}'
  if (name === '__proto__') return 'this name is not allowed; choose another'
  if (SPEC.test(name)) return modifierProblem(spec.slice(name.length))
  if (/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) return 'a variable name has at most 63 characters'
  return /^[^A-Za-z0-9_]/.test(name)
    ? 'an expression begins with one of + # . / ; ? & or with a name'
    : 'a variable name holds letters, digits and "_", and does not begin with a digit'
}

function modifierProblem(modifier: string): string {
  if (/^:0*[0-9]+$/.test(modifier)) return 'a prefix length is 1 to 9999, without leading zeros, as in {name:3}'
  return 'a name takes one modifier: a prefix as in {name:3}, or an asterisk as in {name*}'
}
