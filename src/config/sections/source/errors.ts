import Type from 'typebox'
import { formatBytes, MAX_DETAILS_BYTES } from '../../../core/limits.ts'
import { readOptional } from '../../schema/embedded.ts'
import type { InputOf } from '../../schema/input.ts'
import { optional } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

/** What counts as a failure of a source, and what clients see of one: `failWhen`, `errorDetails`. */

export const errorKeys = optional({
  failWhen: Type.String({
    description:
      'A JMESPath expression that is evaluated on the body of a 2xx answer, before `select`. If it yields anything but null, false, or an empty text, list or object, the call has failed (`upstream_error`). Default: none.',
    examples: ["status == 'error'", 'errors'],
    alsoCalled: 'errorwhen failif failon errorif iserror',
    hint: `Write for example failWhen: "status == 'error'"`,
  }),
  errorDetails: Type.String({
    description: `A JMESPath expression that is evaluated on the JSON of a failed answer; its result is \`details\` in \`failedSources\`, so clients see it. Results above ${formatBytes(MAX_DETAILS_BYTES)} are left out. Default: none.`,
    examples: ['{reason: error.code}'],
    alsoCalled: 'errorbody errormessage errorselect errormap errormapping returnerrordetails details',
    hint: 'Write for example errorDetails: "{reason: error.code}"',
  }),
})

type ErrorInput = InputOf<typeof errorKeys>
type ErrorOptions = Pick<SourceDraft, 'failWhen' | 'errorDetails'>

/** Resolves these keys. `pathOf` says where a key is written: in the source or in `defaults`. */
export function resolveErrors(input: ErrorInput, pathOf: (key: string) => Path, scope: Scope): ErrorOptions {
  return {
    failWhen: readOptional(input.failWhen, pathOf('failWhen'), scope),
    errorDetails: readOptional(input.errorDetails, pathOf('errorDetails'), scope),
  }
}

type ErrorScope = SourceScope<ErrorInput>

export const errorChecks: Checks<ErrorScope> = [warnOfNames]

/** Texts of JMESPath are in single quotes; double quotes are for names of members, which are null where they lack. */
const QUOTED_NAME = /[=!]=\s*("[^"\\]+")/

/** Warns of a comparison with a member where a text was probably meant: two members that lack are equal. */
function warnOfNames({ source, warn, at, hasBroken, isFromEnvironment }: ErrorScope): void {
  const [, name] = QUOTED_NAME.exec(source.failWhen?.text ?? '') ?? []
  if (name === undefined || hasBroken('failWhen') || isFromEnvironment(at('failWhen'))) return
  warn(at('failWhen'), `compares with a member named ${name}; for a text, write '${name.slice(1, -1)}'`)
}
