import { compile, getRegisteredFunctions, TreeInterpreter, TYPE_EXPREF } from '@jmespath-community/jmespath'
import { BYTES_A_WEIGHT } from './jmespath-bound.ts'
import { stepsFor, weightWithin } from './jmespath-cost.ts'
import { repairFunctions } from './jmespath-functions.ts'

export { BYTES_A_WEIGHT }

/** Our one way to JMESPath (jmespath.org, with the additions of jmespath.site). */

/** A compiled expression: JSON in, JSON out. Throws where the expression errs on this value. */
export interface Expression {
  (value: unknown): unknown
  readonly text: string
  /** The most that it takes for data of this weight (weight.ts), whatever the data: see jmespath-cost.ts. */
  readonly steps: (weight: number) => number
  /** The weight up to which that is little enough for the event loop; 0 where it never is. */
  readonly maxWeight: number
}

/** Steps of expressions that the event loop may be held up for at a time: about 5 ms. */
export const LOOP_STEPS = 60_000

/** Where an expression is wrong: what is said of it, in one sentence. */
export class ExpressionError extends Error {}

repairFunctions()
const FUNCTIONS: ReadonlySet<string> = new Set(getRegisteredFunctions())

/**
 * Names that every object answers to, whatever its data: they would lead out of it, to functions and prototypes
 * (CWE-1321). They yield null, also where data has a key of that name.
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
  const tree = parse(text) as Parameters<typeof TreeInterpreter.search>[0]
  const evaluate = (value: unknown): unknown => TreeInterpreter.search(tree, value as never) ?? null
  // so deep may what it yields lie in brackets of its own; see source/weight.ts
  const depth = text.match(/[[{]/g)?.length ?? 0
  const steps = (weight: number): number => stepsFor(tree, weight) * (1 + depth / 64)
  return Object.assign(evaluate, { text, steps, maxWeight: weightWithin(LOOP_STEPS, [steps]) })
}

/** An expression as the library reads it, for what looks at it without running it. */
export type ExpressionTree = Parameters<typeof TreeInterpreter.search>[0]

/** Reads an expression. Throws an ExpressionError that says what is wrong with it, and where. */
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

/** Nobody writes more by hand; and looking for the place takes the square of the length. */
const MAX_SEARCHED = 2000

/** The library's errors hold no position. The longest beginning with which nothing is wrong but that it ends has it. */
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

/** The same tree, with null in the place of names that lead out of the data. */
function guarded(part: unknown, around = ''): unknown {
  if (Array.isArray(part)) return part.map((inner) => guarded(inner, around))
  if (typeof part !== 'object' || part === null) return part
  const { type, name = '' } = part as Node
  if (type === 'Literal') return part
  if (type === 'Field' && INHERITED.has(name)) return { type: 'Literal', value: null }
  refuse(part as Node, around)
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, guarded(inner, type)]))
}

/** What the library takes, and then fails on or answers wrongly. */
function refuse({ type, name = '', children = [] }: Node, around: string): void {
  if (type === 'Binding' && around !== 'LetExpression')
    throw new ExpressionError('= stands after let only; == compares')
  if (type === 'ExpressionReference' && around !== 'Function')
    throw new ExpressionError('& stands before an argument of a function only')
  // it would become the prototype
  if (type === 'KeyValuePair' && name === '__proto__') throw new ExpressionError('no key can be named __proto__')
  if (type === 'Function' && !FUNCTIONS.has(name)) throw new ExpressionError(`there is no function ${name}()`)
  if (type === 'Function') checkArguments(name, children)
}

/** An expression in the data of a source, where one is taken, would be run as if it stood here. */
function checkArguments(name: string, children: readonly Node[]): void {
  const takes = TreeInterpreter.runtime._functionTable[name]?._signature ?? []
  for (const [index, { type }] of children.entries()) {
    const isTaken = takes[index]?.types.includes(TYPE_EXPREF) ?? false
    if (isTaken !== (type === 'ExpressionReference'))
      throw new ExpressionError(`argument ${index + 1} of ${name}() is ${isTaken ? 'an expression (&...)' : 'a value'}`)
  }
}
