import { compileExpression, type Expression, type ExpressionTree, readTree } from '../../json/jmespath.ts'
import type { Scope } from '../report.ts'
import type { Path } from '../text/problems.ts'

/** In characters: more than anybody writes by hand. */
const MAX_LENGTH = 10_000

/** Compiles a JMESPath expression that is written at `path`. Null where it is wrong, which is then a problem. */
export function readExpression(text: string, path: Path, scope: Scope): Expression | null {
  const { problem, warn, isFromEnvironment } = scope
  if (text.length > MAX_LENGTH) {
    problem(path, `is longer than ${MAX_LENGTH} characters; write a shorter expression`)
    return null
  }
  try {
    const expression = compileExpression(text)
    if (expression.maxWeight === 0) warn(path, MAY_NOT_END)
    return expression
  } catch (error) {
    problem(path, isFromEnvironment(path) ? 'is no valid JMESPath' : messageOf(error as Error))
    return null
  }
}

const MAY_NOT_END =
  'may take longer than any timeout, however small the data: each step may multiply what the one before yields, or a length comes from the data; write it with fewer steps'

/** The message quotes the text, which may be long and hold anything. */
function messageOf({ message }: Error): string {
  // parser and interpreter recurse once for each level
  if (message.includes('call stack')) return 'is no valid JMESPath: it is nested too deeply'
  const line = message.replaceAll(/\p{Cc}/gu, '?')
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}

/** The same for an expression that need not be written. */
export function readOptional(text: string | undefined, path: Path, scope: Scope): Expression | null {
  return text === undefined ? null : readExpression(text, path, scope)
}

/** What an expression is made of; null if there is none, or if it is wrong, which `readExpression` reports. */
export function treeOf(text: string | undefined): ExpressionTree | null {
  try {
    return text === undefined ? null : readTree(text)
  } catch {
    return null
  }
}
