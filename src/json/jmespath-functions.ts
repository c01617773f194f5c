import * as jmespath from '@jmespath-community/jmespath'
import { attached } from './jmespath-attach.ts'
import {
  functionOf,
  type Interpreter,
  type LibraryFunction,
  type Signature,
  type TreeNode,
} from './jmespath-library.ts'
import { plain } from './long-number.ts'
import { writtenLength } from './written-length.ts'

/**
 * Replaces functions of the library that are wrong or slow on some data: `sort` compares numbers as strings
 * ([1, 10, 9]), `sort_by` reverses equal strings, `group_by` throws on a group named "constructor", `merge` sets the
 * prototype from a member "__proto__", `trim` is quadratic (3 s for 60 kB of spaces), and `length` makes two lists of a
 * string's characters (30 ns each). None of them limits the length of the string that it makes. Adds `attach`.
 */
export function repairFunctions(on: Interpreter): void {
  const { TYPE_ARRAY, TYPE_ARRAY_NUMBER, TYPE_ARRAY_STRING, TYPE_EXPREF, TYPE_OBJECT, TYPE_STRING } = jmespath
  const listAndKey = [{ types: [TYPE_ARRAY] }, { types: [TYPE_EXPREF] }]
  define(on, 'sort', ([list]: [Key[]]) => inOrder(list, list), [{ types: [TYPE_ARRAY_STRING, TYPE_ARRAY_NUMBER] }])
  define(on, 'sort_by', ([list, by]: ListAndKey) => inOrder(list, keysOf(on, list, by)), listAndKey)
  define(on, 'group_by', ([list, by]: ListAndKey) => grouped(list, keysOf(on, list, by)), listAndKey)
  define(on, 'length', ([value]: [string | object]) => lengthOf(value), [
    { types: [TYPE_STRING, TYPE_ARRAY, TYPE_OBJECT] },
  ])
  define(on, 'merge', merged, [{ types: [TYPE_OBJECT], variadic: true }])
  defineAttach(on)
  boundLengths(on)
  defineTrim(on, 'trim', true, true)
  defineTrim(on, 'trim_left', true, false)
  defineTrim(on, 'trim_right', false, true)
}

/** `attach` is ours. `left` and `right` may be null: the data of a source that failed. */
function defineAttach(on: Interpreter): void {
  const { TYPE_ARRAY, TYPE_EXPREF, TYPE_NULL, TYPE_STRING } = jmespath
  const [listOrNull, key] = [{ types: [TYPE_ARRAY, TYPE_NULL] }, { types: [TYPE_EXPREF] }]
  const run = ([left, right, leftKey, rightKey, name]: AttachArguments) => {
    if (left === null) return null
    const elements = right ?? []
    const keyed = (list: unknown[], by: TreeNode) => ({ list, keys: keysOf(on, list, by) })
    return attached(keyed(left, leftKey), keyed(elements, rightKey), name)
  }
  define(on, 'attach', run, [listOrNull, listOrNull, key, key, { types: [TYPE_STRING] }], false)
}

/** In characters. Real data has no longer strings, and V8 aborts the process if a string does not fit into its heap. */
export const MAX_TEXT = 8 * 2 ** 20

function boundLengths(on: Interpreter): void {
  boundLength(on, 'pad_left', ([text, width]: [string, number]) => Math.max(text.length, width))
  boundLength(on, 'pad_right', ([text, width]: [string, number]) => Math.max(text.length, width))
  boundLength(on, 'join', ([glue, list]: [string, string[]]) => {
    return list.reduce((total, text) => total + glue.length + text.length, 0)
  })
  boundLength(on, 'replace', ([text, search, by, count]: [string, string, string, number?]) => {
    // each replacement can also insert the text before and after the match: `$\`` and `$'`
    const turns = count || occurrences(text, search)
    return text.length + turns * (by.includes('$') ? Math.max(by.length, text.length) : by.length)
  })
  boundLength(on, 'to_string', ([value]: [unknown]) => (typeof value === 'string' ? 0 : writtenLength(value, MAX_TEXT)))
}

/** Makes a function throw before it creates a string that is too long. */
function boundLength<Args extends unknown[]>(on: Interpreter, name: string, lengthOf: (args: Args) => number): void {
  const { run, signature } = functionOf(on, name)
  const bounded = (args: Args): unknown => {
    if (lengthOf(args) > MAX_TEXT) throw new Error(`${name}() would yield more than ${MAX_TEXT} characters`)
    return run(args as never)
  }
  define(on, name, bounded, signature)
}

function occurrences(text: string, search: string): number {
  if (search === '') return text.length
  let count = 0
  for (let at = text.indexOf(search); at >= 0; at = text.indexOf(search, at + search.length)) count += 1
  return count
}

type Key = string | number
type ListAndKey = [list: unknown[], key: TreeNode]
type AttachArguments = [
  left: unknown[] | null,
  right: unknown[] | null,
  leftKey: TreeNode,
  rightKey: TreeNode,
  name: string,
]

function define(on: Interpreter, name: string, run: LibraryFunction, signature: Signature, override = true): void {
  on.runtime.register(name, run, signature, { override })
}

function defineTrim(on: Interpreter, name: string, left: boolean, right: boolean): void {
  const { TYPE_STRING } = jmespath
  const run = ([text, cut]: [string, string?]) => trimmed(text, cut || undefined, left, right)
  define(on, name, run, [{ types: [TYPE_STRING] }, { types: [TYPE_STRING], optional: true }])
}

function keysOf(on: Interpreter, list: readonly unknown[], key: TreeNode): unknown[] {
  return list.map((item) => on.visit(key, item))
}

function areAll(type: 'string' | 'number', keys: readonly unknown[]): boolean {
  return keys.every((key) => typeof key === type)
}

function inOrder(list: readonly unknown[], given: readonly unknown[]): unknown[] {
  const keys = given.map(plain)
  if (!areAll('number', keys) && !areAll('string', keys))
    throw new Error('the sort keys are neither all numbers nor all texts')
  // comparing UTF-8 bytes gives the order of code points
  const ranks = keys.map((key) => (typeof key === 'string' ? Buffer.from(key) : (key as number)))
  const ranked = list.map((item, index) => [item, ranks[index] ?? 0] as const)
  return ranked.sort(([, a], [, b]) => compare(a, b)).map(([item]) => item)
}

function compare(a: Buffer | number, b: Buffer | number): number {
  return typeof a === 'object' && typeof b === 'object' ? Buffer.compare(a, b) : Number(a) - Number(b)
}

function grouped(list: readonly unknown[], keys: readonly unknown[]): object {
  if (!areAll('string', keys)) throw new Error('the group keys are not all texts')
  return { ...Object.groupBy(list, (_, index) => keys[index] as string) }
}

/** The length of a string in code points, or the number of items or members. */
function lengthOf(value: string | object): number {
  if (typeof value === 'object') return Array.isArray(value) ? value.length : Object.keys(value).length
  let count = value.length
  for (let at = 0; at < value.length - 1; at += 1) if ((value.codePointAt(at) ?? 0) > 0xffff) count -= 1
  return count
}

function merged(parts: readonly object[]): object {
  return Object.fromEntries(parts.flatMap((part) => Object.entries(part)))
}

function trimmed(text: string, cut: string | undefined, left: boolean, right: boolean): string {
  const isCut = (at: number) => (cut === undefined ? /[\s\u0085]/.test(text.charAt(at)) : cut.includes(text.charAt(at)))
  let [start, end] = [0, text.length]
  while (left && start < end && isCut(start)) start += 1
  while (right && start < end && isCut(end - 1)) end -= 1
  return text.slice(start, end)
}
