import fc from 'fast-check'
import t from 'tap'
import { compileExpression } from '../../src/json/jmespath.ts'
import { cpuMs } from '../support/cpu-time.ts'

const attach = (left: unknown, right: unknown, keys = "&k, &k, 'x'") =>
  compileExpression(`attach(left, right, ${keys})`)({ left, right })

t.test('each element gets the first element with its key', async (t) => {
  const orders = [{ id: 1, user: 7 }, { id: 2, user: 8 }, { id: 3, user: 7 }, { id: 4 }]
  const users = [
    { id: 7, name: 'Ada' },
    { id: '8', name: 'Bob' },
    { id: 7, name: 'Eve' },
  ]
  t.strictSame(attach(orders, users, "&user, &id, 'user'"), [
    { id: 1, user: { id: 7, name: 'Ada' } },
    { id: 2, user: { id: '8', name: 'Bob' } },
    { id: 3, user: { id: 7, name: 'Ada' } },
    { id: 4, user: null },
  ])
  t.strictSame(orders[0], { id: 1, user: 7 }, 'the data is not changed')
  t.strictSame(Object.keys((attach([{ a: 1, k: 2 }], [], "&k, &k, 'a'") as object[])[0] as object), ['a', 'k'])
})

t.test('keys are equal if they read the same, and null is equal to nothing', async (t) => {
  for (const [left, right, isEqual] of [
    [1, 1, true],
    [1, '1', true],
    ['1', 1, true],
    [1.5, '1.5', true],
    [1, '1.0', false],
    ['a', 'A', false],
    ['', '', true],
    ['', null, false],
    [null, null, false],
    [null, 'null', false],
    [true, true, true],
    [true, 'true', false],
    [0, false, false],
    [[1, 'a'], ['1', 'a'], true],
    [[1, 2], [2, 1], false],
    [[1, null], [1, null], false],
    [[], [], true],
    [['a', 'b'], ['a,b'], false],
    [[['a'], 'b'], ['a', ['b']], false],
    [[1], '[1]', false],
    [['1'], '["1"]', false],
    [{ a: 1, b: 2 }, { b: '2', a: 1 }, true],
    [{ a: 1 }, { a: 1, b: 2 }, false],
    [{ a: null }, { a: null }, false],
    ['__proto__', '__proto__', true],
    ['constructor', 1, false],
  ] as const)
    t.strictSame(
      attach([{ k: left }], [{ k: right }]),
      [{ k: left, x: isEqual ? { k: right } : null }],
      JSON.stringify([left, right]),
    )
})

t.test('what is no list, and elements that are no objects', async (t) => {
  t.equal(attach(null, [{ k: 1 }]), null)
  t.strictSame(attach([{ k: 1 }], null), [{ k: 1, x: null }], 'a source that failed attaches null')
  t.strictSame(attach([], []), [])
  t.strictSame(attach([null, 1, 'a', [1], { k: 1 }], [null, 1, { k: 1 }, [{ k: 1 }]]), [
    null,
    1,
    'a',
    [1],
    { k: 1, x: { k: 1 } },
  ])
  t.strictSame(attach([{ k: 1 }], [1, 'a', true], "&k, &@, 'x'"), [{ k: 1, x: 1 }], 'any element can be attached')
  t.throws(() => attach({ k: 1 }, []), /^Invalid type: attach\(\) expected argument 1 /)
  t.throws(() => attach([], 'a'), /argument 2/)
  t.throws(() => attach([], [], '&k, &k, `1`'), /argument 5/)
  t.throws(() => attach([], [], '&k, &k'), /^Invalid arity/)
  t.throws(() => compileExpression("attach(a, b, k, &k, 'x')"), {
    message: /argument 3 of attach\(\) is an expression/,
  })
})

t.test('no name and no key reaches a prototype', async (t) => {
  const [got] = attach([{ k: '__proto__' }], [{ k: '__proto__', bad: 1 }], "&k, &k, '__proto__'") as [object]
  t.equal(JSON.stringify(got), '{"k":"__proto__","__proto__":{"k":"__proto__","bad":1}}')
  t.equal(Object.getPrototypeOf(got), Object.prototype)
  t.strictSame(attach([{ k: 'constructor' }, { k: 'toString' }], []), [
    { k: 'constructor', x: null },
    { k: 'toString', x: null },
  ])
  t.strictSame(attach([{}], [{}], "&constructor, &constructor, 'x'"), [{ x: null }])
})

t.test('as a naive join does', async () => {
  const scalar = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('0', '1', 'a', '', true, false, null))
  const key = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }), fc.record({ p: scalar, q: scalar }))
  const element = fc.oneof(scalar, fc.record({ k: key, n: fc.nat(9) }), fc.record({ x: scalar }))
  const lists = fc.oneof({ arbitrary: fc.array(element), weight: 9 }, { arbitrary: fc.constant(null), weight: 1 })
  fc.assert(
    fc.property(lists, lists, (left, right) => {
      return JSON.stringify(attach(left, right)) === JSON.stringify(naive(left, right))
    }),
    { numRuns: 2000 },
  )
})

type List = readonly unknown[] | null

function naive(left: List, right: List): unknown {
  if (left === null) return null
  return left.map((element) => {
    if (!isObject(element)) return element
    const match = (right ?? []).find((other) => areEqual(keyOf(element), keyOf(other)))
    return { ...element, x: match === undefined ? null : match }
  })
}

function isObject(value: unknown): value is { readonly [name: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const keyOf = (element: unknown): unknown => (isObject(element) ? (element.k ?? null) : null)

function areEqual(a: unknown, b: unknown): boolean {
  if (a === null || b === null) return false
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, index) => areEqual(item, b[index]))
  if (isObject(a) && isObject(b)) {
    const names = Object.keys(a)
    return names.length === Object.keys(b).length && names.every((name) => areEqual(a[name], b[name] ?? null))
  }
  if (typeof a === 'object' || typeof b === 'object') return false
  return typeof a === 'boolean' || typeof b === 'boolean' ? a === b : String(a) === String(b)
}

t.test('it is linear in both lists', async (t) => {
  const many = 100_000
  const left = Array.from({ length: many }, (_, k) => ({ k }))
  const right = Array.from({ length: many }, (_, k) => ({ k: String(many - k) }))
  const startedAt = cpuMs()
  t.equal((attach(left, right) as unknown[]).length, many)
  t.ok(cpuMs() - startedAt < 2000, 'each with each would take a minute')
})

t.test('keys that are all of the data are an error, and take no memory', async (t) => {
  const many = Array.from({ length: 20_000 }, () => ({ k: 'x'.repeat(20) }))
  t.throws(() => attach(many, many, "&$, &$, 'x'"), /compare keys of more than 8388608 characters/)
})
