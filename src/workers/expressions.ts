import { compileExpression, type Expression } from '../json/jmespath.ts'

const compiled = new Map<string, Expression>()

/** Compiles an expression once. They are the configuration's, so there are no more than it has. */
export function expressionOf(text: string): Expression {
  const expression = compiled.get(text) ?? compileExpression(text)
  compiled.set(text, expression)
  return expression
}
