import { BaseInterpreter, BaseRuntime, functionOf, type Interpreter, type TreeNode } from './jmespath-library.ts'
import { deeplyPlain, LongNumber, plain } from './long-number.ts'

/** Functions that pass an argument on. All others get doubles as arguments. Lists may hold long numbers in either case. */
const PASSING: ReadonlySet<string> = new Set(['not_null', 'to_array', 'to_number', 'to_string', 'type'])

class ExactRuntime extends BaseRuntime {
  override callFunction(name: string, args: readonly unknown[]): unknown {
    return super.callFunction(name, PASSING.has(name) ? args : args.map(plain))
  }

  override getTypeName(value: unknown): unknown {
    return super.getTypeName(plain(value))
  }
}

/**
 * Evaluates trees of `exactTree` on data with long numbers. They are passed on as they are; whatever looks at one gets a
 * double. The library's own interpreter would take a LongNumber for an empty object.
 */
export class ExactInterpreter extends BaseInterpreter {
  constructor() {
    super()
    this.runtime = new ExactRuntime(this)
  }

  override visit(node: TreeNode, value: unknown): unknown {
    switch (node.type) {
      case 'Field':
        return super.visit(node, plain(value))
      case PLAIN:
        return plain(this.visit((node as Wrapper).child, value))
      case DEEPLY_PLAIN:
        return deeplyPlain(this.visit((node as Wrapper).child, value))
      case 'OrExpression': {
        const left = this.visit((node as OrNode).left, value)
        return left instanceof LongNumber ? left : super.visit({ ...node, left: literal(left) } as OrNode, value)
      }
      default:
        return super.visit(node, value)
    }
  }

  /** The library would make an interpreter of its own class. */
  override withScope(scope: object): Interpreter {
    return Object.assign(Object.create(this), { _scope: this._scope.withScope(scope) })
  }
}

/** The types of two nodes of our own: they yield the value of their child with doubles in place of long numbers. */
const [PLAIN, DEEPLY_PLAIN] = ['Plain', 'DeeplyPlain']

interface Wrapper extends TreeNode {
  readonly child: TreeNode
}

interface OrNode extends TreeNode {
  readonly left: TreeNode
}

function literal(value: unknown): TreeNode & { readonly value: unknown } {
  return { type: 'Literal', value }
}

/** The parts of a node that look at their values. All other parts pass them on. */
const LOOKING: Readonly<Record<string, readonly string[]>> = {
  AndExpression: ['left'],
  Arithmetic: ['left', 'right'],
  Comparator: ['left', 'right'],
  FilterProjection: ['condition'],
  NotExpression: ['child'],
  Ternary: ['condition'],
  Unary: ['operand'],
  ValueProjection: ['left'],
}

interface Comparator {
  readonly left: TreeNode & { readonly value?: unknown }
  readonly right: TreeNode & { readonly value?: unknown }
}

/** Whether one side is a scalar in the expression: nothing but a scalar is equal to it, so nothing need be copied. */
function isWithScalar({ left, right }: Comparator): boolean {
  return [left, right].some(({ type, value }) => type === 'Literal' && Object(value) !== value)
}

/** A tree of the library, changed for `ExactInterpreter`. */
export function exactTree<Part>(part: Part): Part {
  if (Array.isArray(part)) return part.map(exactTree) as Part
  if (typeof part !== 'object' || part === null) return part
  const { type } = part as unknown as TreeNode
  if (type === 'Literal') return part
  const looking = LOOKING[type] ?? []
  const wrapper = type === 'Comparator' && !isWithScalar(part as unknown as Comparator) ? DEEPLY_PLAIN : PLAIN
  const entries = Object.entries(part).map(([key, inner]) => {
    const exact = exactTree(inner)
    return [key, looking.includes(key) ? { type: wrapper, child: exact } : exact]
  })
  return Object.fromEntries(entries)
}

/** Functions whose own form would lose digits: they give an item of a list, or look for one in it. */
export function keepDigitsIn(exact: Interpreter): void {
  for (const name of ['max', 'min']) {
    const { run, signature } = functionOf(exact, name)
    const isBetter = (a: number, b: number) => (name === 'max' ? a > b : a < b)
    const best = ([list]: [readonly unknown[]]): unknown => {
      if (!list.some((item) => item instanceof LongNumber)) return run([list] as never)
      return list.reduce((found, item) => (isBetter(Number(item), Number(found)) ? item : found))
    }
    exact.runtime.register(name, best, signature, { override: true })
  }
  const { run, signature } = functionOf(exact, 'contains')
  const contains = ([list, item]: [readonly unknown[] | string, unknown]): unknown =>
    run([Array.isArray(list) ? list.map(plain) : list, item] as never)
  exact.runtime.register('contains', contains, signature, { override: true })
}
