import { encodeReserved, separatorOf } from './template-encode.ts'
import type { ExpressionStep, LiteralStep, Step } from './template-expand.ts'
import { type Expression, fail, type Operator, type Piece } from './template-grammar.ts'

/** The part of the URL that a piece belongs to. `maybe` follows `{?x}`, which writes no "?" if x is absent. */
type Place = 'path' | 'maybe' | 'query' | 'fragment'

/** Compiles the pieces of a template. `at` is the position of the first one in the URL. Throws TemplateError. */
export function compileSteps(pieces: readonly Piece[], at: number): readonly Step[] {
  const steps: Step[] = []
  let place: Place = 'path'
  let opening: string | null = null
  for (const [index, piece] of pieces.entries()) {
    if (typeof piece === 'string') {
      opening = pairOpening(piece, place, pieces[index + 1], pieces[index + 2])
      const text = opening === null ? piece : piece.slice(0, -opening.length)
      if (place === 'maybe' && !piece.startsWith('&')) fail(at, 'after {?name} only "&" or {&name} can follow')
      if (text !== '') steps.push(compileLiteral(text, place))
    } else {
      checkPlace(piece.operator, place, piece.at)
      steps.push(opening === null ? compileExpression(piece, place) : compilePair(piece, opening))
      opening = null
    }
    place = placeAfter(piece, place)
  }
  return steps
}

function placeAfter(piece: Piece, place: Place): Place {
  if (typeof piece !== 'string') return piece.operator === '#' ? 'fragment' : piece.operator === '?' ? 'maybe' : place
  return place === 'maybe' || (place === 'path' && piece.includes('?')) ? 'query' : place
}

function checkPlace(operator: Operator, place: Place, at: number): void {
  if (operator === '?' && (place === 'query' || place === 'maybe')) fail(at, 'the query has begun; write {&name}')
  if (operator === '&' && place === 'path') fail(at, 'no query has begun; write {?name}')
  if (place === 'maybe' && operator !== '&' && operator !== '#')
    fail(at, 'after {?name} only "&" or {&name} can follow')
}

/**
 * The end of a literal in the query that begins a pair whose value is the next expression, such as `&page-size=`. Null
 * if the value would be more or less than that expression.
 */
function pairOpening(literal: string, place: Place, next: Piece | undefined, after: Piece | undefined): string | null {
  if (next === undefined || typeof next === 'string' || !endsPair(after)) return null
  const query = place === 'path' ? literal.slice(queryStart(literal)) : literal
  const [opening = null] = (place === 'path' ? /(?:^\?|&)[^&=]+=$/ : /&[^&=]+=$/).exec(query) ?? []
  return opening
}

/** Whether nothing more of a pair's value follows. */
function endsPair(after: Piece | undefined): boolean {
  if (after === undefined) return true
  return typeof after === 'string' ? after.startsWith('&') : after.operator === '&' || after.operator === '#'
}

function queryStart(literal: string): number {
  const start = literal.indexOf('?')
  return start < 0 ? literal.length : start
}

function compileLiteral(text: string, place: Place): LiteralStep {
  return {
    text: encodeReserved(text),
    inPath: place === 'path',
    mayBeginQuery: place !== 'path' && text.startsWith('&'),
  }
}

function compileExpression({ operator, variables }: Expression, place: Place): ExpressionStep {
  const separator = separatorOf(operator)
  return {
    operator,
    opening: operator === '+' ? '' : operator,
    separator,
    inPath: place === 'path' && operator !== '?' && operator !== '#',
    mayBeginQuery: operator === '&',
    variables: variables.map((variable) => ({ ...variable, joint: separator })),
  }
}

/**
 * A pair is left out when its value is absent, as in `{?name}`, which cannot hold a name with a hyphen or brackets. Where
 * all is exploded, the pair is repeated for each item, as servers expect of `ids[]`.
 */
function compilePair(expression: Expression, opening: string): ExpressionStep {
  const { operator, variables } = expression
  const key = encodeReserved(opening.slice(1))
  const isRepeated = (operator === '' || operator === '+') && variables.every(({ explode }) => explode)
  const step = compileExpression(expression, 'query')
  const separator = isRepeated ? `&${key}` : step.separator
  return {
    ...step,
    separator,
    opening: opening.charAt(0) + key + step.opening,
    mayBeginQuery: opening.startsWith('&'),
    variables: step.variables.map((variable) => ({ ...variable, joint: separator })),
  }
}
