import type { RequestError } from '../http/problem.ts'
import type { SchemaProblem } from '../json/json-schema.ts'
import type { Parameter, Read } from '../source/parameter.ts'
import type { Source } from '../source/source.ts'
import type { TemplateProblem, TemplateValue } from '../source/template.ts'
import type { Wanted } from './menu.ts'

/** A wanted entry with its parameters, read and validated. */
export interface Asked extends Wanted {
  /** By their names in the configuration. */
  readonly params: Readonly<Record<string, TemplateValue | undefined>>
  /** Prefix of the paths of its errors, such as `requests[0].params.`. */
  readonly errorPath: string
}

/** Reads the values of a client from a query or a batch. */
export interface Given {
  /** Reads the value of a client's name as this parameter; undefined if there is none. */
  read(name: string, parameter: Parameter): Read | undefined
  /** Suffix of an error message that names the source. */
  about(wanted: Wanted): string
  /** How the client can correct a missing parameter, as the end of a sentence. */
  remedy(wanted: Wanted): string
  /** Prefix of the paths of errors. */
  readonly path: string
}

/** Reads the parameters of all entries. All errors are added to `errors`. */
export function readParams(wanted: readonly Wanted[], given: Given, errors: RequestError[]): readonly Asked[] {
  return wanted.map((one) => {
    const params: Record<string, TemplateValue | undefined> = Object.create(null)
    for (const parameter of one.entry.source.parameters.values()) {
      params[parameter.name] = readParam(one, parameter, given, errors)
    }
    return { ...one, params, errorPath: given.path }
  })
}

/**
 * Precedence: fixed by the view, dotted key, flat key, default. The default comes last, so that it does not hide a flat
 * key.
 */
function readParam(
  wanted: Wanted,
  parameter: Parameter,
  given: Given,
  errors: RequestError[],
): TemplateValue | undefined {
  const { key, fixed } = wanted.entry
  const { name, clientName } = parameter
  if (Object.hasOwn(fixed, name)) return fixed[name]
  for (const path of [`${key}.${clientName}`, clientName]) {
    const read = given.read(path, parameter)
    if (read === undefined) continue
    // an empty list counts as absent
    if ('value' in read && Array.isArray(read.value) && read.value.length === 0) continue
    if ('value' in read) return read.value
    for (const problem of read.problems)
      errors.push({ path: given.path + path, message: misfit(given.path + path, problem, given.about(wanted)) })
    return undefined
  }
  if (parameter.required && parameter.default === undefined)
    errors.push({
      path: given.path + clientName,
      message: `The parameter "${clientName}" of ${key} is missing; ${given.remedy(wanted)}.`,
    })
  return parameter.default
}

/** `"ids[1]" must be an integer (for weather).` */
function misfit(path: string, { path: within, message }: SchemaProblem, about: string): string {
  const place = within === '' || within.startsWith('[') ? within : `.${within}`
  return `"${path}${place}" ${message}${about}.`
}

/** Whether a key is a parameter of this entry that clients may set: `name` or `key.name`. */
export function takes(wanted: Pick<Wanted, 'entry'>, key: string): boolean {
  const parameter = parameterOf(wanted, key)
  return parameter !== undefined && !isFixed(wanted, parameter)
}

/** Whether the view sets a parameter. */
export function isFixed({ entry }: Pick<Wanted, 'entry'>, { name }: Parameter): boolean {
  return Object.hasOwn(entry.fixed, name)
}

/** The parameter of this entry that a client calls `name` or `key.name`; undefined if there is none. */
export function parameterOf({ entry }: Pick<Wanted, 'entry'>, key: string): Parameter | undefined {
  return entry.source.parameters.get(nameIn(entry.key, key))
}

/** The names that clients may use for parameters of these entries, without prefixes. */
export function clientNames(wanted: readonly Wanted[]): readonly string[] {
  return [...new Set(wanted.flatMap(({ entry }) => [...entry.source.parameters.keys()]))]
}

/** A problem of a request with a variable, in the words of the client: with its names of the parameters. */
export function inClientNames({ problem, variable }: TemplateProblem, source: Source): TemplateProblem {
  return {
    problem: problem.replace(/"(\w+)"/g, (_, name) => `"${source.clientNameOf(name)}"`),
    variable: variable === null ? null : source.clientNameOf(variable),
  }
}

/** Removes the prefix `entryKey.` from a key. */
export function nameIn(entryKey: string, key: string): string {
  return key.startsWith(`${entryKey}.`) ? key.slice(entryKey.length + 1) : key
}
