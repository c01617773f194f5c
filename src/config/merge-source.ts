import type { WrittenDefaults, WrittenSource } from './schema.ts'

/** Merges `defaults` into a source, whose own keys win: blocks key by key, header names ignoring case. */
export function mergeSource(defaults: WrittenDefaults, own: WrittenSource): WrittenSource {
  return {
    ...defaults,
    ...own,
    ...merged('retry', defaults.retry, withBudgetOf(defaults.retry, own.retry)),
    ...merged('breaker', defaults.breaker, own.breaker),
    ...merged('bulkhead', defaults.bulkhead, own.bulkhead),
    ...merged('hedge', choosesHedge(own) ? undefined : defaults.hedge, own.hedge),
    ...merged('rateLimit', defaults.rateLimit, own.rateLimit),
    ...merged('cache', defaults.cache, own.cache),
    ...merged('values', defaults.values, own.values),
    ...merged('headers', lowerCased(defaults.headers), lowerCased(own.headers)),
  }
}

function merged<K extends string, T extends object>(
  key: K,
  defaults: T | false | undefined,
  own: T | false | undefined,
) {
  const both = defaults && own ? { ...defaults, ...own } : (own ?? defaults)
  return both === undefined ? {} : ({ [key]: both } as Record<K, T | false>)
}

/** A block in a block. */
function withBudgetOf(defaults: WrittenDefaults['retry'], own: WrittenSource['retry']): WrittenSource['retry'] {
  return own && { ...own, ...merged('budget', defaults ? defaults.budget : undefined, own.budget) }
}

/** A hedge has one of two keys: if the source writes one, the other one is not inherited. */
function choosesHedge({ hedge }: WrittenSource): boolean {
  return Object.keys(hedge || {}).length > 0
}

function lowerCased(headers: WrittenSource['headers']): WrittenSource['headers'] {
  return headers && Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
}
