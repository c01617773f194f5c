import { compileExpression, type Expression } from '../json/jmespath.ts'

const compiled = new Map<string, Expression>()

/** Compiles an expression once. The cache needs no limit: all expressions come from the configuration. */
export function expressionOf(text: string): Expression {
  const expression = compiled.get(text) ?? compileExpression(text)
  compiled.set(text, expression)
  return expression
}
