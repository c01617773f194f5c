import type { ErrorObject } from 'ajv/dist/2020.js'
import type Type from 'typebox'
import { newAjv } from '../../json/json-schema.ts'
import { type Unit, unitProblem } from '../text/units.ts'
import { OWN_KEYWORDS } from './keywords.ts'

const ajv = newAjv({ verbose: true })
ajv.addKeyword({ keyword: 'unit', type: ['string', 'number'], schemaType: 'string', validate: checkUnit, errors: true })
ajv.addVocabulary([...OWN_KEYWORDS])

function checkUnit(unit: Unit, value: string | number): boolean {
  const message = unitProblem(unit, value)
  // ajv reads a keyword's errors from this property (https://ajv.js.org/keywords.html)
  checkUnit.errors = message === null ? [] : [{ keyword: 'unit', message, params: {} }]
  return message === null
}
checkUnit.errors = [] as Partial<ErrorObject>[]

/** All errors of a value. For a union: those of the branch with the type of the value, else the union's own error. */
export function schemaErrors(schema: Type.TSchema, value: unknown): readonly ErrorObject[] {
  const validate = ajv.compile(schema)
  return validate(value) ? [] : withoutOtherBranches(validate.errors as ErrorObject[])
}

/** Whether a value fits a part of the schema. */
export function fits(schema: Type.TSchema, value: unknown): boolean {
  return ajv.compile(schema)(value) === true
}

/**
 * ajv lists the errors of every branch of an `anyOf`, then its own. If the value has the type of exactly one branch,
 * keep the errors of that branch; if not, keep the error of the `anyOf`.
 */
function withoutOtherBranches(errors: readonly ErrorObject[]): ErrorObject[] {
  const unions = errors.filter(({ keyword }) => keyword === 'anyOf')
  return errors.filter((error) => unions.every((union) => isKept(error, union, errors)))
}

function isKept(error: ErrorObject, union: ErrorObject, errors: readonly ErrorObject[]): boolean {
  const meant = branchMeant(union, errors)
  if (error === union) return meant === null
  if (!isWithin(error, union)) return true
  return meant !== null && branchOf(error, union) === meant
}

function branchMeant(union: ErrorObject, errors: readonly ErrorObject[]): string | null {
  const within = errors.filter((error) => error !== union && isWithin(error, union))
  const wrongKind = (error: ErrorObject) =>
    error.instancePath === union.instancePath && ['type', 'const', 'enum'].includes(error.keyword)
  const wrong = new Set(within.filter(wrongKind).map((error) => branchOf(error, union)))
  const [meant, ...others] = new Set(
    within.map((error) => branchOf(error, union)).filter((branch) => !wrong.has(branch)),
  )
  return meant !== undefined && others.length === 0 ? meant : null
}

function isWithin(error: ErrorObject, union: ErrorObject): boolean {
  return (
    error.schemaPath.startsWith(`${union.schemaPath}/`) &&
    (error.instancePath === union.instancePath || error.instancePath.startsWith(`${union.instancePath}/`))
  )
}

function branchOf(error: ErrorObject, union: ErrorObject): string {
  return error.schemaPath
    .slice(union.schemaPath.length + 1)
    .split('/', 1)
    .join()
}
