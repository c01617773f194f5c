import { configSchema, type Written } from '../schema.ts'
import type { Filled } from '../text/environment.ts'
import { type Finding, type Path, samePath, startsWith } from '../text/problems.ts'
import { describeError } from './describe.ts'
import { schemaErrors } from './validate.ts'

export interface Validated {
  /** Without the parts that have errors, so that the rest can be checked further. */
  readonly written: Written
  readonly problems: readonly Finding[]
  /** Whether a problem was found at this path, above it or below it. */
  isBroken(path: Path): boolean
}

type Tree = Record<string | number, unknown>

/** Checks what was written against the schema. */
export function validateWritten({ tree, fromEnvironment, problems }: Filled): Validated {
  const written = structuredClone(tree) as Tree
  const found = schemaErrors(configSchema, tree).map((error) => {
    const path = toPath(error.instancePath, tree)
    return describeError(
      error,
      path,
      fromEnvironment.some((other) => samePath(path, other)),
    )
  })
  for (const { path } of found) remove(written, path)
  const all = [...problems, ...found.filter(({ path }) => !problems.some((other) => samePath(path, other.path)))]
  const isBroken = (path: Path) => all.some((other) => startsWith(path, other.path) || startsWith(other.path, path))
  return { written: written as Written, problems: all, isBroken }
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
      value = (value as Tree)[index]
      return index
    })
}

/** A list is removed as a whole, because its other items would get other indexes. */
function remove(tree: Tree, path: Path): void {
  const list = path.findIndex((step) => typeof step === 'number')
  const target = list < 0 ? path : path.slice(0, list)
  const last = target.at(-1)
  const around = target.slice(0, -1).reduce<unknown>((value, step) => (value as Tree | undefined)?.[step], tree)
  if (last !== undefined && typeof around === 'object' && around !== null) delete (around as Tree)[last]
}
