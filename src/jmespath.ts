import { compile, isRegistered, TreeInterpreter } from '@jmespath-community/jmespath'

/** Our one way to JMESPath (jmespath.org, with the additions of jmespath.site). */

/** A compiled expression: JSON in, JSON out. Throws where the expression errs on this value. */
export type Expression = (value: unknown) => unknown

/** Where an expression is wrong: what is said of it, in one sentence. */
export class ExpressionError extends Error {}

/**
 * Names that every object answers to, whatever its data: they would lead out of it, to functions and prototypes
 * (CWE-1321). They yield null, also where data has a key of that name.
 */
const INHERITED: ReadonlySet<unknown> = new Set(Object.getOwnPropertyNames(Object.prototype))

interface Node {
  readonly type: string
  readonly name?: string
}

/** Compiles an expression. Throws an ExpressionError that says what is wrong with it, and where. */
export function compileExpression(text: string): Expression {
  const tree = guarded(parse(text)) as Parameters<typeof TreeInterpreter.search>[0]
  return (value) => TreeInterpreter.search(tree, value as never) ?? null
}

function parse(text: string): unknown {
  try {
    return compile(text)
  } catch (error) {
    throw new ExpressionError(`is no valid JMESPath: ${(error as Error).message}`)
  }
}

/** The same tree with null in the place of names that lead out of the data. */
function guarded(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(guarded)
  if (typeof part !== 'object' || part === null) return part
  const { type, name } = part as Node
  if (type === 'Literal') return part
  if (type === 'Field' && INHERITED.has(name)) return { type: 'Literal', value: null }
  if (type === 'Function' && !isRegistered(String(name)))
    throw new ExpressionError(`is no valid JMESPath: there is no function ${name}()`)
  return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, guarded(inner)]))
}
