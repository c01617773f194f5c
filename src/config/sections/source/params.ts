import Type from 'typebox'
import { MAX_NAME_LENGTH, RESERVED_KEYS } from '../../../core/limits.ts'
import type { ParameterOptions } from '../../../source/parameter.ts'
import type { Template, TemplateVariable } from '../../../source/template.ts'
import { readUserSchema } from '../../schema/embedded.ts'
import type { Input } from '../../schema/input.ts'
import { byName } from '../../schema/parts.ts'
import type { Checks, SourceScope } from './scope.ts'
import { INEXACT, isInexact } from './values.ts'

/** Reaches no source, so it may hold what no template variable can: `page[size]`, `$filter`. */
const CLIENT_NAME = `^(?!__proto__$)[^\\s\\x00-\\x1f\\x7f\\ud800-\\udfff]{1,${MAX_NAME_LENGTH}}$`

const paramSchema = Type.Object(
  {
    name: Type.Optional(
      Type.String({
        pattern: CLIENT_NAME,
        description:
          'What clients call it, in the query, the body and batches: it may hold brackets, dots, a hyphen or a dollar sign. Templates, `when` and views go on to use the key. Default: the key.',
        examples: ['page[size]', '$filter'],
        expects: `a name of 1 to ${MAX_NAME_LENGTH} characters, without spaces`,
      }),
    ),
    required: Type.Optional(
      Type.Union([Type.Boolean(), Type.Array(Type.String())], {
        description:
          'Whether every call needs it. Default: true in the path where there is no `default`, else false. (A list is the keyword of JSON Schema.)',
        examples: [true],
        expects: 'true or false',
      }),
    ),
  },
  {
    description: 'JSON Schema (2020-12) of the value, plus `required` and `name`.',
    examples: [{ type: 'string', minLength: 1, default: 'London' }],
  },
)

export const paramsSchema = byName(paramSchema, {
  description: 'The parameters that a client may pass, by name. Default: nothing.',
  examples: [{ q: { type: 'string', default: 'London' } }],
  literal: true,
  alsoCalled: 'query queryparams querystring querystrings qs parameters args inputquerystrings',
  hint: 'Write for example params: { q: { type: string } }, and {?q} at the end of the url',
})

type ParamInput = Input<typeof paramSchema>
export type ParamsInput = Input<typeof paramsSchema>

/** Resolves `params`. `template` is that of the `url`; null if it is invalid. */
export function resolveParams(input: ParamsInput = {}, template: Template | null): readonly ParameterOptions[] {
  return Object.entries(input).map(([name, param]) => resolveParam(name, param, template))
}

function resolveParam(
  key: string,
  { required, name, ...rest }: ParamInput,
  template: Template | null,
): ParameterOptions {
  // a boolean is our own key; a list is JSON Schema's keyword, for a parameter that is an object
  const schema: Record<string, unknown> = Array.isArray(required) ? { ...rest, required } : rest
  const standard = schema.default as ParameterOptions['default']
  const isOptional = required === false && !isNeededInPath(key, template)
  const isNeeded = hasVariable(template, key, (variable) => variable.inPath)
  return {
    name: key,
    ...(name === undefined ? {} : { clientName: name }),
    schema,
    required: required === true || (isNeeded && standard === undefined && !isOptional),
    default: standard,
  }
}

/** Whether the path needs a value: {/x}, {.x} and {;x} expand to nothing without one, {x} leaves an empty segment. */
function isNeededInPath(name: string, template: Template | null): boolean {
  return hasVariable(template, name, ({ inPath, operator }) => inPath && (operator === '' || operator === '+'))
}

function hasVariable(template: Template | null, name: string, test: (variable: TemplateVariable) => boolean): boolean {
  return template?.variables.some((variable) => variable.name === name && test(variable)) ?? false
}

type ParamsScope = SourceScope<{ readonly params?: ParamsInput }>

export const paramsChecks: Checks<ParamsScope> = [checkNames, checkClientNames, checkSchemas]

/** Refuses reserved names, and `required: false` if the path needs the parameter. */
function checkNames({ source, own, id, problem }: ParamsScope): void {
  for (const { name, required } of source.params) {
    const path = ['sources', id, 'params', name]
    if (RESERVED_KEYS.includes(name))
      problem(path, "this name is reserved for Tributary's own query keys; choose another name")
    if (!required || own.params?.[name]?.required !== false) continue
    problem([...path, 'required'], 'cannot be false, since the path needs it; leave it out, or write a default')
  }
}

/** Refuses reserved names that clients would use, and two parameters that clients call alike. */
function checkClientNames({ source: { params }, id, problem }: ParamsScope): void {
  for (const [index, { name, clientName }] of params.entries()) {
    if (clientName === undefined) continue
    const path = ['sources', id, 'params', name, 'name']
    if (RESERVED_KEYS.includes(clientName))
      problem(path, `"${clientName}" is reserved for Tributary's own query keys; choose another name`)
    const alike = params.find(
      (other, at) => (at < index || (at > index && other.clientName === undefined)) && nameFor(other) === clientName,
    )
    if (alike) problem(path, `"${clientName}" is what clients call the parameter "${alike.name}"; choose another name`)
  }
}

/** What clients call a parameter. */
export function nameFor({ name, clientName = name }: ParameterOptions): string {
  return clientName
}

/** Checks the schema of each parameter, and its default against the schema. */
function checkSchemas({ source, id, problem }: ParamsScope): void {
  for (const { name, schema, default: standard } of source.params) {
    const path = ['sources', id, 'params', name]
    const read = readUserSchema(schema)
    if ('problems' in read) {
      for (const message of read.problems) problem(path, `is no valid JSON Schema: ${message}`)
    } else if (standard !== undefined) {
      const misfit = read.check(standard)
      if (misfit !== null) problem([...path, 'default'], `does not fit its own schema: ${misfit}`)
    }
    if (isInexact(standard)) problem([...path, 'default'], INEXACT)
  }
}
