import Type from 'typebox'
import type { AuthOptions } from '../../../access/options.ts'
import { compileExpression } from '../../../json/jmespath.ts'
import type { Condition } from '../../../source/options.ts'
import { readExpression, treeOf } from '../../schema/embedded.ts'
import { type Form, UNKNOWN } from '../../schema/form.ts'
import { follow } from '../../schema/members.ts'
import type { Scope } from '../../schema/report.ts'
import type { Path } from '../../text/problems.ts'
import { CLAIMS } from './claims.ts'
import type { SourceScope } from './scope.ts'

export const whenSchema = Type.String({
  description:
    "A JMESPath expression that decides whether the source is asked. It reads `params` (the source's parameters), `claims` (those of the client's token, or null), and the data of each source that it takes values from, by id. Where it is false, null or empty, the source is skipped: its data is null, and that is no failure. Default: it is always asked.",
  examples: ["claims.plan == 'pro'", 'user.hasOrders'],
  alsoCalled: 'if condition unless enabledif onlyif',
  hint: 'Write for example when: "claims.plan == \'pro\'"',
})

/** Resolves `when`; null if it is absent or invalid, which is reported. */
export function resolveWhen(text: string | undefined, path: Path, scope: Scope): Condition | null {
  if (text === undefined || readExpression(text, path, scope) === null) return null
  // two negations make its truth a boolean (JMESPath, "Or Expressions"), which needs no more of the value
  return { text, isTrue: compileExpression(`!(!(${text}))`), readsClaims: readsClaims(text) }
}

/** Whether an expression may read `claims`: then the answer is for one client only. */
function readsClaims(text: string): boolean {
  return new RegExp(`\\b${CLAIMS}\\b|@|\\*|\\$`).test(text)
}

type WhenScope = SourceScope<{ readonly when?: string }>

/** Refuses a condition on claims where no token is verified. */
export function checkWhen(scope: WhenScope, auth: AuthOptions | null): void {
  const { written, at, problem, hasBroken } = scope
  const tree = treeOf(written.when)
  if (tree === null || hasBroken('when') || (auth !== null && auth.jwt !== null)) return
  const without: Form = { members: new Map(), isOpen: false, lacks: '' }
  if (follow(tree, without).missing.some(({ name }) => name === CLAIMS))
    problem(
      at('when'),
      "reads claims, which are those of a client's token that server.auth.jwt must verify; write server: { auth: { jwt: … } }, or leave them out",
    )
}

/** The data that a condition reads: by name, and nothing else. `dependencies` are the forms of the sources it takes. */
export function conditionForm({ source, id }: WhenScope, dependencies: ReadonlyMap<string, Form>): Form {
  const params: Form = {
    members: new Map(source.params.map(({ name }) => [name, UNKNOWN])),
    isOpen: false,
    lacks: `is no parameter of "${id}", so that it is null`,
  }
  const members = new Map<string, Form>([['params', params], [CLAIMS, UNKNOWN], ...dependencies])
  return { members, isOpen: false, lacks: `"${id}" takes no value from, so that it is null` }
}
