import type { DecodeResult, DecodeTask } from '../source/body-reader.ts'
import { type BodyRules, readData, type WrittenRules } from '../source/decoding.ts'
import { checkJson, FormatError } from '../source/formats.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable, assertReadable, writeWithin } from './memory.ts'

const compiled = new Map<string, BodyRules>()

/** Compiles rules once. The cache needs no limit: all rules come from the configuration. */
async function rulesOf(text: string): Promise<BodyRules> {
  const rules = compiled.get(text) ?? (await compileRules(JSON.parse(text)))
  compiled.set(text, rules)
  return rules
}

/** Loads ajv only if there is a schema: loading it takes as long as everything else here. */
async function compileRules({ format, select, schema }: WrittenRules): Promise<BodyRules> {
  const check = schema === null ? null : (await import('../json/json-schema.ts')).compileGuard(schema)
  return { format, select: select === null ? null : expressionOf(select), check }
}

/** Reads a body by its rules. JSON without `select` and `schema` is only checked, not parsed to values. */
export async function decodeBody({ bytes, rules: text }: DecodeTask): Promise<DecodeResult> {
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const rules = await rulesOf(text)
  const { format, select, check } = rules
  if (format === 'json' && select === null && check === null) return checked(body)
  try {
    if (format === 'json') assertParsable(body)
    if (format === 'xml') assertReadable(body)
  } catch (error) {
    const misfit = select !== null ? 'select' : check !== null ? 'schema' : 'format'
    return { misfit, detail: (error as Error).message }
  }
  const data = readData(body, rules, writeWithin)
  if ('misfit' in data) return data
  return { json: data.value === null ? null : data.json }
}

function checked(body: Buffer): DecodeResult {
  try {
    const json = checkJson(body)
    return { json: isNull(json) ? null : json }
  } catch (error) {
    if (error instanceof FormatError) return { misfit: 'format', detail: error.message }
    throw error
  }
}

/** Only `null` starts with an n in JSON. */
function isNull(json: Buffer): boolean {
  return json.find((byte) => byte > 0x20) === 0x6e
}
