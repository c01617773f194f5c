import type Type from 'typebox'
import { type Finding, type Path, samePath, startsWith } from '../text/problems.ts'
import { describeError } from './describe.ts'
import { schemaErrors } from './validate.ts'
import { isSecret } from './walk.ts'

/**
 * The input of a schema after invalid parts were removed from it: any key of a map may be missing, even a required one.
 */
export type Input<S extends Type.TSchema> = Remaining<Type.Static<S>>

/** `Input` for a set of keys. */
export type InputOf<P extends Type.TProperties> = { readonly [K in keyof P]?: Input<P[K]> }

type Remaining<T> = T extends readonly unknown[]
  ? T
  : T extends object
    ? string extends keyof T
      ? { readonly [K in keyof T]: Remaining<T[K]> }
      : { readonly [K in keyof T]?: Remaining<T[K]> }
    : T

/** Merges a block of `defaults` into that of a source, key by key; the source's keys win. `false` means no block. */
export function mergeBlock<T extends object>(
  defaults: T | false | undefined,
  own: T | false | undefined,
): T | false | undefined {
  return defaults && own ? { ...defaults, ...own } : (own ?? defaults)
}

/** What a check against the schema found. */
export interface CheckedInput<S extends Type.TSchema> {
  /** Without the parts that have errors, so that the rest can be checked further. */
  readonly input: Input<S>
  readonly problems: readonly Finding[]
  /** Whether a problem was found at this path, above it or below it. */
  isBroken(path: Path): boolean
}

/** A file with its environment references filled in. */
interface Tree {
  readonly tree: Readonly<Record<string, unknown>>
  readonly problems: readonly Finding[]
  readonly fromEnvironment: readonly Path[]
}

type Node = Record<string | number, unknown>

/** Checks what was written against the schema. */
export function checkInput<S extends Type.TObject>(
  schema: S,
  { tree, fromEnvironment, problems }: Tree,
): CheckedInput<S> {
  const found = schemaErrors(schema, tree).map((error) => {
    const path = toPath(error.instancePath, tree)
    const isFromEnvironment = fromEnvironment.some((other) => samePath(path, other))
    return describeError(error, path, { isFromEnvironment, isSecret: isSecret(schema, path) })
  })
  const input = structuredClone(tree) as Node
  for (const { path } of found) remove(input, path)
  const all = [...problems, ...found.filter(({ path }) => !problems.some((other) => samePath(path, other.path)))]
  const isBroken = (path: Path) => all.some((other) => startsWith(path, other.path) || startsWith(other.path, path))
  // all invalid parts were removed, so the rest matches `Remaining`: only required keys may be missing
  return { input: input as Input<S>, problems: all, isBroken }
}

/** From a JSON pointer (RFC 6901); a step into a list is a number. */
function toPath(pointer: string, tree: unknown): Path {
  let value = tree
  return pointer
    .split('/')
    .slice(1)
    .map((text) => {
      const step = text.replaceAll('~1', '/').replaceAll('~0', '~')
      const index = Array.isArray(value) ? Number(step) : step
      value = (value as Node)[index]
      return index
    })
}

/** A list is removed as a whole, because its other items would get other indexes. */
function remove(tree: Node, path: Path): void {
  const list = path.findIndex((step) => typeof step === 'number')
  const target = list < 0 ? path : path.slice(0, list)
  const last = target.at(-1)
  const around = target.slice(0, -1).reduce<unknown>((value, step) => (value as Node | undefined)?.[step], tree)
  if (last !== undefined && typeof around === 'object' && around !== null) delete (around as Node)[last]
}
