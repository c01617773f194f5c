import Type from 'typebox'
import { formatBytes, MAX_DETAILS_BYTES } from '../../../core/limits.ts'
import { readOptional } from '../../schema/embedded.ts'
import type { InputOf } from '../../schema/input.ts'
import { list, optional } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import { exposedProblem } from './exposed-headers.ts'
import { isHeaderName } from './headers.ts'
import type { Checks, SourceDraft, SourceScope } from './scope.ts'

/** What counts as a failure of a source, and what clients see of its answer beside the data. */

const DEFAULTS = { passStatus: [], exposeHeaders: [] } as const
/** The range of `passStatus`. */
const STATUSES = { minimum: 400, maximum: 499 }
/** Statuses about a client's own request to this service, or its connection: ours would be untrue. */
const OURS_ONLY = [405, 407, 408, 412, 416, 426]

export const errorKeys = optional({
  failWhen: Type.String({
    description:
      'A JMESPath expression that is evaluated on the body of a 2xx answer, before `select`. If it yields anything but null, false, or an empty text, list or object, the call has failed (`upstream_error`). Default: none.',
    examples: ["status == 'error'", 'errors'],
    alsoCalled: 'errorwhen failif failon errorif iserror',
    hint: `Write for example failWhen: "status == 'error'"`,
  }),
  passStatus: list(Type.Integer(STATUSES), {
    description: `Statuses (${STATUSES.minimum} to ${STATUSES.maximum}) that become the status of a view's answer, where this failure decides it: the source is required, or all failed, and all that count answered with the same one.`,
    default: DEFAULTS.passStatus,
    examples: [[401, 403, 404, 409, 422]],
    alsoCalled: 'passerrors passstatuses forwardstatus returnerrorcode errorstatus statuscodes passthrough',
    hint: 'Write for example passStatus: [404, 409]',
  }),
  exposeHeaders: list(Type.String(), {
    description:
      'Names of headers of its answer that become headers of ours, those of failed answers too; `set-cookie` is possible. Streams have none. Not together with `cache` or `forEach`.',
    default: DEFAULTS.exposeHeaders,
    examples: [['x-total-count']],
    alsoCalled: 'responseheaders headerstopass passheaders returnheaders headerspassthrough',
    hint: 'Write for example exposeHeaders: [x-total-count]',
  }),
  errorDetails: Type.String({
    description: `A JMESPath expression that is evaluated on the JSON of a failed answer; its result is \`details\` in \`failedSources\`, so clients see it. Results above ${formatBytes(MAX_DETAILS_BYTES)} are left out. Default: none.`,
    examples: ['{reason: error.code}'],
    alsoCalled: 'errorbody errormessage errorselect errormap errormapping returnerrordetails details',
    hint: 'Write for example errorDetails: "{reason: error.code}"',
  }),
})

type ErrorInput = InputOf<typeof errorKeys>
type ErrorOptions = Pick<SourceDraft, 'failWhen' | 'passStatus' | 'exposeHeaders' | 'errorDetails'>

/** Resolves these keys. `pathOf` says where a key is written: in the source or in `defaults`. */
export function resolveErrors(input: ErrorInput, pathOf: (key: string) => Path, scope: Scope): ErrorOptions {
  return {
    failWhen: readOptional(input.failWhen, pathOf('failWhen'), scope),
    passStatus: [...new Set(input.passStatus ?? DEFAULTS.passStatus)],
    exposeHeaders: [...new Set((input.exposeHeaders ?? DEFAULTS.exposeHeaders).map((name) => name.toLowerCase()))],
    errorDetails: readOptional(input.errorDetails, pathOf('errorDetails'), scope),
  }
}

type ErrorScope = SourceScope<ErrorInput, 'emptyStatuses' | 'cache' | 'forEach'>

export const errorChecks: Checks<ErrorScope> = [checkPassStatus, checkExposeHeaders, warnOfNames]

function checkPassStatus({ source, problem, at, hasBroken }: ErrorScope): void {
  if (hasBroken('passStatus')) return
  for (const status of source.passStatus) {
    if (OURS_ONLY.includes(status))
      problem(at('passStatus'), `${status} would speak of the client's own request or connection; leave it out`)
    if (source.emptyStatuses.includes(status))
      problem(at('passStatus'), `${status} is also in emptyStatuses, so that it is no failure; leave one out`)
  }
}

function checkExposeHeaders({ source, problem, at, hasBroken }: ErrorScope): void {
  const { exposeHeaders: names, cache, forEach } = source
  if (names.length === 0 || hasBroken('exposeHeaders')) return
  const path = at('exposeHeaders')
  for (const name of names) {
    const wrong = exposedProblem(name)
    if (wrong !== null) problem(path, isHeaderName(name) ? `"${name}" ${wrong}` : `an item ${wrong}`)
  }
  if (cache !== null) problem(path, 'goes with no cache, because cached data has no headers; leave one out')
  if (forEach !== null) problem(path, 'goes with no forEach, because each item has headers of its own; leave one out')
}

/** Warns of `passStatus` where no view asks the source, or one that needs it. `callers` are these sources. */
export function warnOfUnpassed(
  { id, own, source, warn, at, hasBroken }: ErrorScope,
  callers: ReadonlySet<string>,
  asked: ReadonlySet<string>,
): void {
  if (own.passStatus === undefined || source.passStatus.length === 0 || hasBroken('passStatus')) return
  if ([...callers].some((caller) => asked.has(caller))) return
  warn(at('passStatus'), `has no effect: only answers of views pass a status on, and no view asks ${id}`)
}

/** Texts of JMESPath are in single quotes; double quotes are for names of members, which are null where they lack. */
const QUOTED_NAME = /[=!]=\s*("[^"\\]+")/

/** Warns of a comparison with a member where a text was probably meant: two members that lack are equal. */
function warnOfNames({ source, warn, at, hasBroken, isFromEnvironment }: ErrorScope): void {
  const [, name] = QUOTED_NAME.exec(source.failWhen?.text ?? '') ?? []
  if (name === undefined || hasBroken('failWhen') || isFromEnvironment(at('failWhen'))) return
  warn(at('failWhen'), `compares with a member named ${name}; for a text, write '${name.slice(1, -1)}'`)
}
