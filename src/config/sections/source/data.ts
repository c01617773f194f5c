import Type from 'typebox'
import { formatBytes } from '../../../core/limits.ts'
import { readOptional, readUserSchema, treeOf } from '../../schema/embedded.ts'
import { misfitsOf, UNKNOWN } from '../../schema/form.ts'
import type { InputOf } from '../../schema/input.ts'
import { follow } from '../../schema/members.ts'
import { either, list, oneOf, optional, size } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import { toBytes } from '../../text/units.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

/** How a source's response becomes data: `maxBytes`, `format`, `emptyStatuses`, `select`, `schema`, `validate`. */

const FORMATS = ['json', 'text', 'xml'] as const
const DEFAULTS = { maxBytes: '1mb', format: 'json', emptyStatuses: [], validate: false } as const
/** The range of `emptyStatuses`. */
const STATUSES = { minimum: 300, maximum: 599 }

export const maxBytesSchema = size({
  description: 'The largest decoded body. A size such as 512kb or 1mb (1 kb = 1024 bytes).',
  default: DEFAULTS.maxBytes,
  examples: ['512kb'],
})

export const dataKeys = optional({
  format: oneOf(FORMATS, {
    description: `The format of the body: ${either(FORMATS)}.`,
    default: DEFAULTS.format,
    examples: ['xml'],
    alsoCalled: 'encoding contenttype responsetype datatype type',
    hint: `Write ${either(FORMATS)}`,
  }),
  emptyStatuses: list(Type.Integer(STATUSES), {
    description: `HTTP statuses (${STATUSES.minimum} to ${STATUSES.maximum}) that mean "empty", not failed.`,
    default: DEFAULTS.emptyStatuses,
    examples: [[404]],
  }),
  select: Type.String({
    description:
      'A JMESPath expression that is evaluated on the body; its result is the data. Default: all of the body.',
    examples: ['{temp: main.temp}'],
    alsoCalled: 'transform mapping map jmespath jsonpath jq filter fields pick allow response',
    hint: 'Write for example select: "{temp: main.temp}"',
  }),
  schema: Type.Record(Type.String(), Type.Unknown(), {
    description: 'JSON Schema (2020-12) of the data, for the document and typed clients. Default: none.',
    examples: [{ type: 'object' }],
    literal: true,
  }),
  validate: Type.Unsafe<boolean | 'warn'>({
    enum: [true, false, 'warn'],
    expects: 'true, false or warn',
    description: `Whether data that does not fit \`schema\` is refused as invalid_body. With \`warn\` it passes, and is logged and counted. Default ${DEFAULTS.validate}.`,
    default: DEFAULTS.validate,
    examples: [true, 'warn'],
  }),
})

type DataInput = InputOf<typeof dataKeys> & { readonly maxBytes?: string | number }
type DataOptions = Pick<SourceDraft, 'maxBytes' | 'format' | 'emptyStatuses' | 'select' | 'schema' | 'validate'>

/** Resolves these keys. `selectPath` is where `select` is written: in the source or in `defaults`. */
export function resolveData(input: DataInput, selectPath: Path, scope: Scope): DataOptions {
  const { maxBytes, format, emptyStatuses, select, schema, validate } = { ...DEFAULTS, ...input }
  return {
    maxBytes: toBytes(maxBytes),
    format,
    emptyStatuses,
    select: readOptional(select, selectPath, scope),
    schema: schema ?? null,
    validate,
  }
}

type DataScope = SourceScope<DataInput>

export const dataChecks: Checks<DataScope> = [checkSchema, warnOfSelect]

/** Checks that `schema` is valid, and that `validate` is not used without it. */
function checkSchema({ source, problem, at, hasBroken }: DataScope): void {
  if (source.validate && source.schema === null && !hasBroken('schema')) {
    problem(at('validate'), 'needs a schema to validate by; write one, or leave validate out')
  }
  if (source.schema === null) return
  const read = readUserSchema(source.schema)
  if (!('problems' in read)) return
  for (const message of read.problems) problem(at('schema'), `is no valid JSON Schema: ${message}`)
}

/** Warns if the result of `select` never matches `schema`. */
function warnOfSelect({ source, written, at, warn, hasBroken }: DataScope): void {
  const tree = treeOf(written.select)
  if (tree === null || source.schema === null || hasBroken('schema', 'select')) return
  for (const misfit of misfitsOf(follow(tree, UNKNOWN).result, source.schema)) warn(at('select'), misfit)
}

/** Warns if `maxBytes` is above the server's `maxAnswerBytes`: no answer can contain that much data. */
export function warnOfMaxBytes({ source, warn, show, at, hasBroken }: DataScope, maxAnswerBytes: number): void {
  if (source.maxBytes <= maxAnswerBytes || hasBroken('maxBytes')) return
  const bytes = show(at('maxBytes'), formatBytes(source.maxBytes))
  warn(
    at('maxBytes'),
    `${bytes} is above server.maxAnswerBytes, which is ${formatBytes(maxAnswerBytes)}, so that larger data never reaches a client; lower the one or raise the other`,
  )
}
