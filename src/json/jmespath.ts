import { compile, getRegisteredFunctions, TYPE_EXPREF } from '@jmespath-community/jmespath'
import { BYTES_A_WEIGHT } from './jmespath-bound.ts'
import { stepsFor, weightWithin } from './jmespath-cost.ts'
import { ExactInterpreter, exactTree, keepDigitsIn } from './jmespath-exact.ts'
import { repairFunctions } from './jmespath-functions.ts'
import { LIBRARY, type TreeNode } from './jmespath-library.ts'
import { holdingLong, mayBeLong } from './parse.ts'

export { BYTES_A_WEIGHT }

/** Compiles JMESPath expressions (jmespath.org, with the extensions of jmespath.site). */

/** A compiled expression: a function from JSON value to JSON value. Throws if evaluation fails. */
export interface Expression {
  (value: unknown): unknown
  readonly text: string
  /** The most steps on any data of this weight (weight.ts); see jmespath-cost.ts. */
  readonly steps: (weight: number) => number
  /** The largest weight of data with which it may run on the event loop; 0 if it never may. */
  readonly maxWeight: number
}

/** The most steps that may block the event loop at a time: about 5 ms. */
export const LOOP_STEPS = 60_000

/** Thrown for an invalid expression; the message is the end of a sentence whose subject is the expression. */
export class ExpressionError extends Error {}

/** For data with numbers that a double cannot hold. */
const EXACT = new ExactInterpreter()
repairFunctions(LIBRARY)
repairFunctions(EXACT)
keepDigitsIn(EXACT)
const FUNCTIONS: ReadonlySet<string> = new Set(getRegisteredFunctions())

/**
 * Properties that every object inherits. Reading them would give access to functions and prototypes (CWE-1321), so they
 * yield null, even if the data has a key of that name.
 */
const INHERITED: ReadonlySet<unknown> = new Set(Object.getOwnPropertyNames(Object.prototype))

interface Node {
  readonly type: string
  readonly name?: string
  readonly child?: Node
  readonly children?: readonly Node[]
}

/** Compiles an expression. Throws an ExpressionError that says what is wrong with it, and where. */
export function compileExpression(text: string): Expression {
  const tree = parse(text) as TreeNode
  let exact: TreeNode | null = null
  const evaluate = (value: unknown): unknown => {
    if (!mayBeLong(value)) return LIBRARY.search(tree, value) ?? null
    exact ??= exactTree(tree)
    return holdingLong(EXACT.search(exact, value) ?? null)
  }
  // how deeply the expression itself can nest its result; see weight.ts
  const depth = text.match(/[[{]/g)?.length ?? 0
  const steps = (weight: number): number => stepsFor(tree, weight) * (1 + depth / 64)
  return Object.assign(evaluate, { text, steps, maxWeight: weightWithin(LOOP_STEPS, [steps]) })
}

/** The library's syntax tree of an expression, for static analysis. */
export type ExpressionTree = ReturnType<typeof compile>

/** Parses an expression. Throws an ExpressionError that says what is wrong with it, and where. */
export function readTree(text: string): ExpressionTree {
  return parse(text) as ExpressionTree
}

function parse(text: string): unknown {
  try {
    return guarded(compile(text))
  } catch (error) {
    const said = error instanceof ExpressionError ? `: ${error.message}` : whereAndWhy(text, error as Error)
    throw new ExpressionError(`is no valid JMESPath${said}`)
  }
}

/** In characters. Locating the error re-parses every prefix (quadratic), so skip it for longer expressions. */
const MAX_SEARCHED = 2000

/** The library's errors have no position. It is the end of the longest prefix that is valid or only incomplete. */
function whereAndWhy(text: string, { message }: Error): string {
  const why = message.replace(/^syntax( error)?[:,] /i, '')
  if (text.length > MAX_SEARCHED) return `: ${why}`
  let end = text.length
  while (end > 0 && !couldGoOn(text.slice(0, end))) end -= 1
  return end === text.length ? ': it ends too early' : `, at character ${end + 1}: ${why}`
}

function couldGoOn(text: string): boolean {
  try {
    compile(text)
    return true
  } catch (error) {
    return /\bEOF\b/.test((error as Error).message)
  }
}

/** Checks a tree, and returns it with null in place of `INHERITED` names. */
function guarded(part: unknown, around = ''): unknown {
  if (Array.isArray(part)) return part.map((inner) => guarded(inner, around))
  if (typeof part !== 'object' || part === null) return part
  const { type, name = '' } = part as Node
  if (type === 'Literal') return part
  if (type === 'Field' && INHERITED.has(name)) return { type: 'Literal', value: null }
  refuse(part as Node, around)
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, guarded(inner, type)]))
}

/** Throws for expressions that the library accepts, but then fails on or evaluates wrongly. */
function refuse({ type, name = '', children = [] }: Node, around: string): void {
  if (type === 'Binding' && around !== 'LetExpression')
    throw new ExpressionError('= stands after let only; == compares')
  if (type === 'ExpressionReference' && around !== 'Function')
    throw new ExpressionError('& stands before an argument of a function only')
  // it would set the prototype
  if (type === 'KeyValuePair' && name === '__proto__') throw new ExpressionError('no key can be named __proto__')
  if (type === 'Function' && !FUNCTIONS.has(name)) throw new ExpressionError(`there is no function ${name}()`)
  if (type === 'Function') checkArguments(name, children)
}

/** Requires `&…` where a function takes an expression: the library would also run one that comes from the data. */
function checkArguments(name: string, children: readonly Node[]): void {
  const takes = LIBRARY.runtime._functionTable[name]?._signature ?? []
  for (const [index, { type }] of children.entries()) {
    const isTaken = takes[index]?.types.includes(TYPE_EXPREF) ?? false
    if (isTaken !== (type === 'ExpressionReference'))
      throw new ExpressionError(`argument ${index + 1} of ${name}() is ${isTaken ? 'an expression (&...)' : 'a value'}`)
  }
}
