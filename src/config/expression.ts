import { compileExpression, type Expression } from '../jmespath.ts'
import type { Path } from './problems.ts'
import type { Scope } from './scope.ts'

/** Compiles a JMESPath expression that is written at `path`. Null where it is wrong, which is then a problem. */
export function readExpression(text: string, path: Path, { problem, isFromEnvironment }: Scope): Expression | null {
  try {
    return compileExpression(text)
  } catch (error) {
    problem(path, isFromEnvironment(path) ? 'is no valid JMESPath' : messageOf(error as Error))
    return null
  }
}

/** The message quotes the text, which may be long and hold anything. */
function messageOf({ message }: Error): string {
  // Parser and interpreter call themselves for each level.
  if (message.includes('call stack')) return 'is no valid JMESPath: it is too long, or nested too deeply'
  const line = message.replaceAll(/\p{Cc}/gu, '?')
  return line.length > 200 ? `${line.slice(0, 199)}…` : line
}
