import Type from 'typebox'
import { suggest } from '../../../core/known-names.ts'
import type { ForEach, ForEachBatch } from '../../../source/options.ts'
import { typesOf } from '../../../source/reading.ts'
import { readExpression, readOptional } from '../../schema/embedded.ts'
import type { Input } from '../../schema/input.ts'
import { guesses } from '../../schema/keywords.ts'
import { between, block, NAME_PATTERN, NAME_RULE, optional } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import { fromSchema } from './bind.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

const DEFAULTS = { limit: 50, concurrency: 10 }

const keys = {
  ...optional({
    from: fromSchema('The id of the source whose data holds the list. Either this or `param` is required.', 'stories'),
    param: Type.String({
      description: 'The parameter of a client that holds the list, instead of `from`.',
      examples: ['ids'],
      literal: true,
    }),
  }),
  select: Type.Optional(
    Type.String({
      description: 'Where in that data the list is: a JMESPath expression. Default: the data is the list.',
      examples: ['[:10]'],
    }),
  ),
  as: Type.String({
    description: 'The template variable that each item becomes, or the list of the items of a batch. Required.',
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
    batch: block(
      {
        size: between(1, 1000, { description: 'The most items of one call, {range}. Required.', examples: [50] }),
        key: Type.String({
          description:
            "A JMESPath expression on an element of the call's data: the item that the element belongs to. Required.",
          examples: ['id'],
        }),
      },
      {
        description:
          'One call for several items: `as` is their list. The data of the call must be a list, whose elements are given to the items by their keys.',
        examples: [{ size: 50, key: 'id' }],
      },
    ),
  }),
}

export const forEachSchema = block(keys, {
  description:
    "One call for each item of a list in another source's data or of a client, or for several items. Default: one call.",
  examples: [
    { from: 'stories', select: '[:10]', as: 'id' },
    { param: 'ids', as: 'id' },
    { from: 'posts', select: '[].userId', as: 'ids', batch: { size: 50, key: 'id' } },
  ],
  alsoCalled: 'each loop items fanout',
  guesses: guesses(
    ['parallel parallelism maxconcurrency', 'did you mean "concurrency"?'],
    ['source of in over list items', 'did you mean "from"?'],
    ['item name var variable', 'did you mean "as"?'],
    ['size batchsize chunk chunksize', 'did you mean "batch"? Write for example batch: { size: 50, key: id }'],
  ),
})

export type ForEachInput = Input<typeof forEachSchema>

/** Resolves `forEach`. Null if there is none, or if a required key is missing; that was reported. */
export function resolveForEach(id: string, input: ForEachInput | undefined, scope: Scope): ForEach | null {
  if (input === undefined) return null
  const { from = null, param = null, as, limit, concurrency } = { ...DEFAULTS, ...input }
  const path = ['sources', id, 'forEach']
  const select = readOptional(input.select, [...path, 'select'], scope)
  const batch = resolveBatch(input.batch, [...path, 'batch'], scope)
  checkList(input, path, scope)
  if (as === undefined || (from === null) === (param === null)) return null
  return { from, param, select, as, limit, concurrency, batch }
}

function resolveBatch(input: ForEachInput['batch'], path: Path, scope: Scope): ForEachBatch | null {
  if (input?.key === undefined || input.size === undefined) return null
  const key = readExpression(input.key, [...path, 'key'], scope)
  return key && { size: input.size, key }
}

/** Requires exactly one list: of another source, or of the client. */
function checkList({ from, param, select }: ForEachInput, path: Path, { problem, isBroken }: Scope): void {
  if (isBroken(path)) return
  if (from === undefined && param === undefined)
    problem(path, 'needs a list; write from with the id of a source, or param with the name of a list parameter')
  if (from !== undefined && param !== undefined) problem([...path, 'param'], 'is a second list; leave it or from out')
  if (param !== undefined && select !== undefined)
    problem(
      [...path, 'select'],
      "selects a part of another source's data, and the list is that of the client; leave it out",
    )
}

type ForEachScope = SourceScope<{ readonly forEach?: ForEachInput; readonly params?: object }>

export const forEachChecks: Checks<ForEachScope> = [checkParam]

/** Requires that `param` is a parameter of the source, and a list. */
function checkParam({ source, id, problem, hasBroken }: ForEachScope): void {
  const name = source.forEach?.param ?? null
  if (name === null || hasBroken('forEach', 'params')) return
  const path = ['sources', id, 'forEach', 'param']
  const found = source.params.find((param) => param.name === name)
  if (found === undefined)
    problem(
      path,
      `"${id}" declares no parameter "${name}"${suggest(
        name,
        source.params.map((one) => one.name),
      )}`,
    )
  else if (!typesOf(found.schema).includes('array'))
    problem(path, `the parameter "${name}" is no list; write params: { ${name}: { type: array, items: … } }`)
}

/** Refuses a `forEach` over a source with a `forEach`: lists of lists would multiply the calls of one answer. */
export function checkNesting(
  { problem }: Scope,
  { id, forEach }: SourceDraft,
  sources: ReadonlyMap<string, SourceDraft>,
): void {
  if (forEach === null || forEach.from === null || forEach.from === id || !sources.get(forEach.from)?.forEach) return
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
