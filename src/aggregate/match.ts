import type { Call } from '../core/call.ts'
import { type Failure, failure } from '../core/failure.ts'
import { cutShort } from '../core/outcome.ts'
import type { Expression } from '../json/jmespath.ts'
import { parseJson } from '../json/parse.ts'
import { scalarKey } from '../json/scalar-key.ts'
import { weighsAtMost } from '../json/weight.ts'
import { copyOf, type Done, type Workers } from '../source/work.ts'
import { MOST_BYTES } from './take.ts'

/** Task for a worker thread: find the elements of a list by their keys. */
export interface MatchTask {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** JMESPath. */
  readonly key: string
  /** The keys, as `scalarKey` returns them. */
  readonly wanted: readonly (string | boolean)[]
}

/** For each key the first element that has it, as JSON text, or null; null in place of all where there is no list. */
export type Matched = readonly (string | null)[] | null

/** Result of a MatchTask. */
export type MatchResult = { readonly matched: Matched } | { readonly error: string }

/** Finds the first element with each key. Numbers and texts that read the same are equal. Throws if `key` fails. */
export function matchIn(value: unknown, key: (element: unknown) => unknown, wanted: MatchTask['wanted']): Matched {
  if (!Array.isArray(value)) return null
  const left = new Set(wanted)
  const found = new Map<string | boolean, string>()
  for (const element of value) {
    const name = element === null ? null : scalarKey(key(element))
    if (name === null || !left.delete(name)) continue
    found.set(name, JSON.stringify(element))
    if (left.size === 0) break
  }
  return wanted.map((name) => found.get(name) ?? null)
}

/** Finds the elements of a call's data that belong to its items, by their keys. Returns a failure if it cannot. */
export async function match(
  call: Call,
  body: Buffer,
  {
    key,
    wanted,
    workers,
  }: { readonly key: Expression; readonly wanted: MatchTask['wanted']; readonly workers: Workers },
): Promise<{ readonly matched: Matched } | { readonly failure: Failure }> {
  if (body.length > MOST_BYTES || !weighsAtMost(key.maxWeight, [body])) {
    const message = () => {
      const task: MatchTask = { bytes: copyOf(body), key: key.text, wanted }
      return { task, transfer: [task.bytes.buffer] }
    }
    return matchedOf(call, await workers.run<MatchResult>({ name: 'match', owner: call.source, message }, call.cancel))
  }
  try {
    return { matched: matchIn(parseJson(body), key, wanted) }
  } catch (error) {
    return { failure: notMatched(call, (error as Error).message) }
  }
}

function matchedOf(call: Call, done: Done<MatchResult>): { readonly matched: Matched } | { readonly failure: Failure } {
  if ('cut' in done) return { failure: cutShort(call, done.cut).failure as Failure }
  if ('result' in done) return 'matched' in done.result ? done.result : { failure: notMatched(call, done.result.error) }
  if (done.lost === 'memory') return { failure: notMatched(call, 'it took more memory than a worker thread may have') }
  const message = `too many expressions wait to be evaluated before those of ${call.source}`
  return { failure: failure('connection_limit_reached', message) }
}

function notMatched({ source }: Call, detail: string): Failure {
  return failure('select_failed', `the elements of ${source} could not be matched to their items`, { detail })
}
