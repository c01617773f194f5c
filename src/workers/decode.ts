import type { Expression } from '../json/jmespath.ts'
import type { DecodeResult, DecodeTask } from '../source/body-reader.ts'
import { inUtf8 } from '../source/charset.ts'
import { type BodyRules, readData, tooLarge, type WrittenRules } from '../source/decoding.ts'
import { checkJson, FormatError } from '../source/formats.ts'
import { expressionOf } from './expressions.ts'
import { assertParsable, assertReadable, writeWithin } from './memory.ts'

/** Rules as they were written, and compiled. */
interface Rules {
  readonly written: WrittenRules
  readonly compiled: BodyRules
}

const known = new Map<string, Rules>()

/** Compiles rules once. The cache needs no limit: all rules come from the configuration. */
async function rulesOf(text: string): Promise<Rules> {
  const rules = known.get(text) ?? (await compileRules(JSON.parse(text)))
  known.set(text, rules)
  return rules
}

/** Loads ajv only if there is a schema: loading it takes as long as everything else here. */
async function compileRules(written: WrittenRules): Promise<Rules> {
  const { format, failWhen, errorDetails, select, schema, warns } = written
  const rules =
    schema === null
      ? { check: null, locate: null }
      : (await import('../source/validation.ts')).validation(schema, warns)
  return {
    written,
    compiled: {
      format,
      failWhen: compiledOf(failWhen),
      errorDetails: compiledOf(errorDetails),
      select: compiledOf(select),
      ...rules,
    },
  }
}

function compiledOf(text: string | null): Expression | null {
  return text === null ? null : expressionOf(text)
}

/** Reads a body by its rules. JSON without expressions and `schema` is only checked, not parsed to values. */
export async function decodeBody({ bytes, rules: text, charset }: DecodeTask): Promise<DecodeResult> {
  const received = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { written, compiled } = await rulesOf(text)
  try {
    return decodeUtf8(inUtf8(received, compiled.format, charset), { written, compiled })
  } catch (error) {
    if (error instanceof FormatError) return { misfit: 'format', detail: error.message }
    throw error
  }
}

function decodeUtf8(body: Buffer, { written, compiled }: Rules): DecodeResult {
  const { format, failWhen, select, check, locate } = compiled
  const isWhole = format === 'json' && failWhen === null && select === null && check === null
  if (isWhole && locate === null) return checked(body)
  try {
    if (format === 'json') assertParsable(body)
    if (format === 'xml') assertReadable(body)
  } catch (error) {
    // only the places would need the values, and the data passes without them
    return isWhole ? checked(body) : tooLarge(written, (error as Error).message)
  }
  const data = readData(body, compiled, null, writeWithin)
  if ('misfit' in data) return data
  const { value, json, pointers } = data
  return { json: value === null ? null : json, ...(pointers === undefined ? {} : { pointers }) }
}

function checked(body: Buffer): DecodeResult {
  const json = checkJson(body)
  return { json: isNull(json) ? null : json }
}

/** Only `null` starts with an n in JSON. */
function isNull(json: Buffer): boolean {
  return json.find((byte) => byte > 0x20) === 0x6e
}
