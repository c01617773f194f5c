import { compileGuard, compileLocate, schemaSteps } from '../json/json-schema.ts'
import type { BodyRules } from './decoding.ts'

/** Larger bodies, in bytes, have only the first place listed where they do not fit. */
const MOST_LOCATED_BYTES = 64 * 1024

/** Compiles how data is validated: what does not fit is refused, or with `warns` only found. */
export function validation(schema: object | null, warns: boolean): Pick<BodyRules, 'check' | 'locate'> {
  if (schema === null) return { check: null, locate: null }
  if (!warns) return { check: compileGuard(schema), locate: null }
  const first = compileLocate(schema, false)
  // listing all places runs every pattern of the schema on texts of any length
  const all = Number.isFinite(schemaSteps(schema)) ? compileLocate(schema, true) : first
  return { check: null, locate: (value, bytes) => (bytes > MOST_LOCATED_BYTES ? first : all)(value) }
}
