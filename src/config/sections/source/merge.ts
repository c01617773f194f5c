/** Merges a block of `defaults` into that of a source, key by key; the source's keys win. `false` switches it off. */
export function mergeBlock<T extends object>(
  defaults: T | false | undefined,
  own: T | false | undefined,
): T | false | undefined {
  return defaults && own ? { ...defaults, ...own } : (own ?? defaults)
}
