import { compileExpression, type Expression } from '../jmespath.ts'
import type { Path } from './problems.ts'
import type { Scope } from './scope.ts'

/** In characters: more than anybody writes by hand. */
const MAX_LENGTH = 10_000

/** Compiles a JMESPath expression that is written at `path`. Null where it is wrong, which is then a problem. */
export function readExpression(text: string, path: Path, { problem, isFromEnvironment }: Scope): Expression | null {
  if (text.length > MAX_LENGTH) {
    problem(path, `is longer than ${MAX_LENGTH} characters; write a shorter expression`)
    return null
  }
  try {
    return compileExpression(text)
  } catch (error) {
    problem(path, isFromEnvironment(path) ? 'is no valid JMESPath' : messageOf(error as Error))
    return null
  }
}

/** The message quotes the text, which may be long and hold anything. */
function messageOf({ message }: Error): string {
  // parser and interpreter recurse once for each level
  if (message.includes('call stack')) return 'is no valid JMESPath: it is nested too deeply'
  const line = message.replaceAll(/\p{Cc}/gu, '?')
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}
