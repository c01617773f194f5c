import Type from 'typebox'
import type { ForEach } from '../../../source/options.ts'
import { readOptional } from '../../schema/embedded.ts'
import type { Input } from '../../schema/input.ts'
import { guesses } from '../../schema/keywords.ts'
import { between, block, NAME_PATTERN, NAME_RULE, optional } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import { fromSchema } from './bind.ts'
import type { SourceDraft, SourceScope } from './scope.ts'

const DEFAULTS = { limit: 50, concurrency: 10 }

const keys = {
  from: fromSchema('The id of the source whose data holds the list. Required.', 'stories'),
  select: Type.Optional(
    Type.String({
      description: 'Where in that data the list is: a JMESPath expression. Default: the data is the list.',
      examples: ['[:10]'],
    }),
  ),
  as: Type.String({
    description: 'The template variable that each item becomes. Required.',
    examples: ['id'],
    pattern: NAME_PATTERN,
    expects: NAME_RULE,
    literal: true,
  }),
  ...optional({
    limit: between(1, 1000, {
      description: 'The most items that are called for; further items are cut off. {range}.',
      default: DEFAULTS.limit,
      examples: [10],
    }),
    concurrency: between(1, 100, {
      description: 'Calls at once, {range}.',
      default: DEFAULTS.concurrency,
      examples: [5],
    }),
  }),
}

export const forEachSchema = block(keys, {
  description: "One call for each item of a list in another source's data. Default: one call.",
  examples: [{ from: 'stories', select: '[:10]', as: 'id' }],
  alsoCalled: 'each loop items fanout',
  planned: ['param', 'batch'],
  guesses: guesses(
    ['parallel parallelism maxconcurrency', 'did you mean "concurrency"?'],
    ['source of in over list items', 'did you mean "from"?'],
    ['item name var variable', 'did you mean "as"?'],
  ),
})

export type ForEachInput = Input<typeof forEachSchema>

/** Resolves `forEach`. Null if there is none, or if a required key is missing; that was reported. */
export function resolveForEach(id: string, input: ForEachInput | undefined, scope: Scope): ForEach | null {
  if (input === undefined) return null
  const { from, as, limit, concurrency } = { ...DEFAULTS, ...input }
  const select = readOptional(input.select, ['sources', id, 'forEach', 'select'], scope)
  return from === undefined || as === undefined ? null : { from, select, as, limit, concurrency }
}

/** Refuses a `forEach` over a source with a `forEach`: lists of lists would multiply the calls of one answer. */
export function checkNesting(
  { problem }: Scope,
  { id, forEach }: SourceDraft,
  sources: ReadonlyMap<string, SourceDraft>,
): void {
  if (forEach === null || forEach.from === id || !sources.get(forEach.from)?.forEach) return
  const path = ['sources', id, 'forEach', 'from']
  problem(
    path,
    `"${forEach.from}" has a forEach itself; a forEach over another one is not possible; name another source`,
  )
}

/** Warns if `limit` is above the server's `maxAttempts`: the calls of the last items would always fail. */
export function warnOfLimit(
  { source, warn, hasBroken }: SourceScope<{ readonly forEach?: ForEachInput }>,
  maxAttempts: number,
): void {
  const limit = source.forEach?.limit ?? 0
  if (limit <= maxAttempts || hasBroken('forEach')) return
  warn(
    ['sources', source.id, 'forEach', 'limit'],
    `${limit} items are more than server.maxAttempts, which is ${maxAttempts}, so that the last ones always fail; lower the one or raise the other`,
  )
}
