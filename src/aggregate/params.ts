import type { RequestError } from '../http/problem.ts'
import type { SchemaProblem } from '../json/json-schema.ts'
import type { Parameter, Read } from '../source/parameter.ts'
import type { TemplateValue } from '../source/template.ts'
import type { Wanted } from './menu.ts'

/** What one request asks of an entry: its parameters, read and checked. */
export interface Asked extends Wanted {
  readonly params: Readonly<Record<string, TemplateValue | undefined>>
  /** What a client calls this part of its request, as the start of an error's path; `requests[0].params.` for one. */
  readonly errorPath: string
}

/** Where a client's values stand. */
export interface Given {
  /** The value under a name, read as this parameter; undefined where nothing is given. */
  read(name: string, parameter: Parameter): Read | undefined
  /** The end of an error's message that says which source it is about. */
  about(wanted: Wanted): string
  /** What a client can do about a missing parameter, as the end of a sentence. */
  remedy(wanted: Wanted): string
  /** The start of an error's path. */
  readonly path: string
}

/** Reads the parameters of all that is wanted. What is wrong is added to `errors`, all of it. */
export function readParams(wanted: readonly Wanted[], given: Given, errors: RequestError[]): readonly Asked[] {
  return wanted.map((one) => {
    const params: Record<string, TemplateValue | undefined> = Object.create(null)
    for (const parameter of one.entry.source.parameters.values()) {
      params[parameter.name] = readParam(one, parameter, given, errors)
    }
    return { ...one, params, errorPath: given.path }
  })
}

/** Precedence: the view's, dotted, flat, default. Defaults come last, so that one of a source never hides a flat key. */
function readParam(
  wanted: Wanted,
  parameter: Parameter,
  given: Given,
  errors: RequestError[],
): TemplateValue | undefined {
  const { key, fixed } = wanted.entry
  const { name } = parameter
  if (Object.hasOwn(fixed, name)) return fixed[name]
  for (const path of [`${key}.${name}`, name]) {
    const read = given.read(path, parameter)
    if (read === undefined) continue
    if ('value' in read) return read.value
    for (const problem of read.problems)
      errors.push({ path: given.path + path, message: misfit(given.path + path, problem, given.about(wanted)) })
    return undefined
  }
  if (parameter.required && parameter.default === undefined)
    errors.push({
      path: given.path + name,
      message: `The parameter "${name}" of ${key} is missing; ${given.remedy(wanted)}.`,
    })
  return parameter.default
}

/** `"ids[1]" must be an integer (for weather).` */
function misfit(path: string, { path: within, message }: SchemaProblem, about: string): string {
  const place = within === '' || within.startsWith('[') ? within : `.${within}`
  return `"${path}${place}" ${message}${about}.`
}

/** Whether a client may give this key for it: `name`, or `key.name`. */
export function takes({ entry }: Pick<Wanted, 'entry'>, key: string): boolean {
  const name = nameIn(entry.key, key)
  return entry.source.parameters.has(name) && !Object.hasOwn(entry.fixed, name)
}

/** A parameter's name without the entry's before it. */
export function nameIn(entryKey: string, key: string): string {
  return key.startsWith(`${entryKey}.`) ? key.slice(entryKey.length + 1) : key
}
