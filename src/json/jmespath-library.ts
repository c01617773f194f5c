import { TreeInterpreter } from '@jmespath-community/jmespath'

/** What we use of the library's interpreter. Its types declare most of it as private. */

/** A node of the library's syntax tree. */
export interface TreeNode {
  readonly type: string
}

/** The types that an argument of a function may have. */
export type Signature = readonly {
  readonly types: readonly number[]
  readonly variadic?: boolean
  readonly optional?: boolean
}[]

export type LibraryFunction = (args: never) => unknown

export interface Runtime {
  readonly _functionTable: Readonly<Record<string, { readonly _func: LibraryFunction; readonly _signature: Signature }>>
  register(name: string, run: LibraryFunction, signature: Signature, how: { override: boolean }): unknown
  callFunction(name: string, args: readonly unknown[]): unknown
  getTypeName(value: unknown): unknown
}

export interface Interpreter {
  runtime: Runtime
  /** The variables that `let` has bound. */
  _scope: { withScope(scope: object): Interpreter['_scope'] }
  withScope(scope: object): Interpreter
  search(tree: TreeNode, value: unknown): unknown
  visit(node: TreeNode, value: unknown): unknown
}

/** The library's one interpreter. */
export const LIBRARY = TreeInterpreter as unknown as Interpreter
export const BaseInterpreter = TreeInterpreter.constructor as new () => Interpreter
export const BaseRuntime = TreeInterpreter.runtime.constructor as new (interpreter: Interpreter) => Runtime

/** A function of expressions, as it is registered. */
export function functionOf({ runtime }: Interpreter, name: string): { run: LibraryFunction; signature: Signature } {
  const { _func: run, _signature: signature } = runtime._functionTable[name] as Runtime['_functionTable'][string]
  return { run, signature }
}
