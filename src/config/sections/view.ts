import Type from 'typebox'
import { METHODS, type Method } from '../../core/method.ts'
import type { Expression } from '../../json/jmespath.ts'
import { findErrors, type Shape } from '../../json/shape.ts'
import { readExpression } from '../schema/embedded.ts'
import type { Input } from '../schema/input.ts'
import { guesses } from '../schema/keywords.ts'
import { block, byId, description, either, oneOf, optional, timeout } from '../schema/parts.ts'
import type { Scope } from '../schema/report.ts'
import type { Path } from '../text/problems.ts'
import { formatMs, toMs } from '../text/units.ts'
import type { DeadlineConfig } from './deadline.ts'
import type { SourceDraft } from './source/scope.ts'
import {
  checkCount,
  checkEntries,
  checkUnsafeFeeds,
  entriesSchema,
  resolveEntries,
  type ViewEntry,
  writtenEntries,
} from './view-entries.ts'
import { checkPaths, pathSchema, resolvePath, type ViewPath } from './view-path.ts'
import { checkVariables } from './view-variables.ts'

/** A view, resolved. */
export interface ViewConfig {
  readonly id: string
  readonly description: string | null
  readonly method: Method
  /** Null for `/aggregate/{id}`. */
  readonly path: ViewPath | null
  readonly deadlineMs: number
  /** In the order of `data`. */
  readonly entries: readonly ViewEntry[]
  /** Transforms the data; null leaves it unchanged. */
  readonly shape: Shape | null
}

const expressions = byId(Type.String({ expects: 'a JMESPath expression' }), {
  description: 'Expressions by the key that each becomes.',
  minProperties: 1,
})

const METHOD_DEFAULT = 'GET'

const keys = {
  ...optional({
    description: description('the view'),
    path: pathSchema,
    method: oneOf(METHODS, {
      description: `The HTTP method of the view: ${either(METHODS)}. With another one than GET it may ask sources that change something, takes its parameters from the members of a JSON body, too, and refuses requests from other sites.`,
      default: METHOD_DEFAULT,
      examples: ['POST'],
      alsoCalled: 'verb httpmethod',
      hint: 'Write for example method: POST',
    }),
  }),
  sources: entriesSchema,
  ...optional({
    deadline: timeout({
      description:
        'The time limit of one answer of this view; at most `deadline.max`. A duration such as 1500ms. Default: `deadline.default`.',
      examples: ['1500ms'],
      alsoCalled: 'timeout',
      hint: 'Write for example deadline: 1500ms',
    }),
    shape: Type.Union([Type.String(), expressions], {
      description:
        'Transforms `data`: a JMESPath expression on all of it, or a map of name: expression. Default: `data` as it is.',
      examples: [
        '{headline: news.articles[0].title, temp: weather.temp}',
        { headline: 'news.articles[0].title', temp: 'weather.temp' },
      ],
      expects: 'a JMESPath expression, or a map of name: expression',
      alsoCalled: 'select transform response output mapping result',
    }),
  }),
}

export const viewSchema = block(keys, {
  description: 'A choice of sources, served as GET /aggregate/{view}, or at its own `path`.',
  examples: [{ sources: ['weather', 'news'] }],
  guesses: guesses(['source backend backends upstreams services calls requests', 'did you mean "sources"?']),
})

export type ViewInput = Input<typeof viewSchema>

/** The rest of the configuration, against which a view is resolved and checked. */
interface Around {
  readonly sources: ReadonlyMap<string, SourceDraft>
  readonly deadline: DeadlineConfig
}

/** Resolves every view and checks it. */
export function resolveViews(
  input: Readonly<Record<string, ViewInput>> = {},
  around: Around,
  scope: Scope,
): ReadonlyMap<string, ViewConfig> {
  const views = new Map(Object.entries(input).map(([id, own]) => [id, resolveView(id, own, around, scope)]))
  checkPaths(views.values(), scope)
  return views
}

function resolveView(id: string, input: ViewInput, { sources, deadline }: Around, scope: Scope): ViewConfig {
  const view = {
    id,
    description: input.description ?? null,
    method: input.method ?? METHOD_DEFAULT,
    path: resolvePath(input.path, ['views', id, 'path'], scope),
    deadlineMs: input.deadline === undefined ? deadline.defaultMs : toMs(input.deadline),
    entries: resolveEntries(input.sources, sources),
    shape: resolveShape(input.shape, ['views', id, 'shape'], scope),
  }
  if (input.deadline !== undefined) checkDeadline(view, deadline, scope)
  checkEntries(view, input.sources, sources, scope)
  checkUnsafeFeeds(view, input.sources, sources, scope)
  checkVariables(view, sources, scope)
  warnOfShape(view, scope)
  checkCount(view, sources, scope)
  return view
}

/** The ids of the sources that the entries of a view name. */
export function sourcesOf({ sources }: ViewInput): readonly string[] {
  return writtenEntries(sources).map(([key, { source = key }]) => source)
}

function resolveShape(input: ViewInput['shape'], path: Path, scope: Scope): Shape | null {
  if (input === undefined) return null
  if (typeof input === 'string') {
    const whole = readExpression(input, path, scope)
    return whole && { whole }
  }
  const parts = Object.entries(input).flatMap(([key, text]): [string, Expression][] => {
    const part = readExpression(text, [...path, key], scope)
    return part === null ? [] : [[key, part]]
  })
  return { parts: new Map(parts) }
}

function checkDeadline({ id, deadlineMs }: ViewConfig, { maxMs }: DeadlineConfig, scope: Scope): void {
  const { problem, show, isBroken } = scope
  if (deadlineMs <= maxMs || isBroken(['deadline'])) return
  const path = ['views', id, 'deadline']
  const most = show(['deadline', 'max'], formatMs(maxMs))
  problem(path, `${show(path, formatMs(deadlineMs))} is above deadline.max, which is ${most}; write at most that`)
}

/**
 * Warns of expressions that fail when all data is null, since any source may fail. An expression that may not terminate
 * even on such data is not evaluated; `readExpression` warns of it.
 */
function warnOfShape({ id, entries, shape }: ViewConfig, { warn }: Scope): void {
  if (shape === null) return
  const path = ['views', id, 'shape']
  const data = Object.fromEntries(entries.map(({ key }) => [key, null]))
  for (const { key } of findErrors(shape, data)) warn(key === null ? path : [...path, key], NO_GUARD)
}

const NO_GUARD =
  'errs when every source is null, and yields null then; guard what it calls, as in length(not_null(news, `[]`)) or length(news || `[]`)'
