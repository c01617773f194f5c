/**
 * The most subschemas that each value of the data is validated against. Infinite for a recursive schema, and for a
 * pattern that may backtrack exponentially, such as `(a+)+$` on thirty letters.
 */
export function schemaSteps(schema: object): number {
  return stepsOf(schema, schema, [])
}

const REFERENCES = ['$ref', '$dynamicRef', '$recursiveRef']

function stepsOf(schema: unknown, root: object, around: readonly unknown[]): number {
  if (typeof schema !== 'object' || schema === null) return 1
  if (around.includes(schema) || around.length > MAX_DEPTH) return Number.POSITIVE_INFINITY
  if (Array.isArray(schema)) return total(schema, root, [...around, schema])
  const { $defs: _, definitions: __, ...own } = schema as Record<string, unknown>
  const target = REFERENCES.some((key) => key in own) ? referred(own, root) : 0
  if (target === null || !patternsOf(own).every(isSafe)) return Number.POSITIVE_INFINITY
  const inner = [...around, schema]
  return 1 + total(Object.values(own), root, inner) + (target === 0 ? 0 : stepsOf(target, root, inner))
}

const MAX_DEPTH = 100

function total(schemas: readonly unknown[], root: object, around: readonly unknown[]): number {
  return schemas.reduce<number>((sum, schema) => sum + stepsOf(schema, root, around), 0)
}

/** The target of a reference such as `#/$defs/a`; null for any other kind of reference. */
function referred({ $ref }: Record<string, unknown>, root: object): unknown {
  if (typeof $ref !== 'string' || !/^#(\/[^%]*)?$/.test($ref)) return null
  const steps = $ref.split('/').slice(1)
  const target = steps.reduce<unknown>((at, step) => {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    return typeof at === 'object' && at !== null && Object.hasOwn(at, key) ? (at as Record<string, unknown>)[key] : null
  }, root)
  return typeof target === 'boolean' ? 0 : target
}

function patternsOf({ pattern, patternProperties }: Record<string, unknown>): readonly string[] {
  const keys = typeof patternProperties === 'object' && patternProperties !== null ? Object.keys(patternProperties) : []
  return typeof pattern === 'string' ? [pattern, ...keys] : keys
}

/** The most combinations of bounded repetitions in a pattern. */
const MAX_WAYS = 100

/**
 * Whether a pattern matches in linear time: it has at most one unbounded repetition, not of a group, and then starts
 * with `^` and has no alternatives. Patterns that are not certain to be safe count as unsafe.
 */
function isSafe(pattern: string): boolean {
  const plain = pattern.replace(/\\[^1-9k]/g, 'x').replace(/\[[^\]]*\]/g, 'x')
  if (/\\|\)[*+{?]/.test(plain)) return false
  const ranges = [...plain.matchAll(/\{(\d+),(\d+)\}/g)].map(([, least, most]) => Number(most) - Number(least) + 1)
  const ways = 2 ** (plain.match(/[^(]\?/g)?.length ?? 0) * ranges.reduce((product, range) => product * range, 1)
  const endless = plain.match(/[*+]|\{\d+,\}/g)?.length ?? 0
  if (ways > MAX_WAYS || endless > 1) return false
  return endless === 0 || (plain.startsWith('^') && !plain.includes('|'))
}
