import { type Entry, type Menu, withNeeds } from '../aggregate/menu.ts'
import { parameterOf, takes } from '../aggregate/params.ts'
import { dottedParameters, flatParameters } from '../openapi/parameters.ts'
import type { Schema } from '../openapi/schemas.ts'
import type { Parameter } from '../source/parameter.ts'
import { typesOf } from '../source/reading.ts'
import type { OfferedParameter } from './offered.ts'

/** A parameter as one entry takes it. */
interface Use {
  /** The key that a client asks for; a dependency of it may take the parameter. */
  readonly askedFor: string
  readonly parameter: Parameter
}

/**
 * The parameters of an endpoint, with the keys that take each; in the words of the OpenAPI document. Those `inPath` have
 * one value for all sources.
 */
export function offeredParameters(menu: Menu, inPath: readonly string[]): readonly OfferedParameter[] {
  const taking = withNeeds(menu.entries, menu).map(({ entry }) => entry)
  const offered = (schema: Schema, isForOne: boolean) => offer(schema, isForOne, menu)
  return [
    ...flatParameters(taking, menu).map((schema) => offered(schema, false)),
    ...dottedParameters(taking, inPath).map((schema) => offered(schema, true)),
  ]
}

function offer(documented: Schema, isForOne: boolean, menu: Menu): OfferedParameter {
  const name = String(documented.name)
  const uses = menu.entries.flatMap((entry) => usesOf(entry, name, menu))
  const parameters = uses.map(({ parameter }) => parameter)
  return {
    name,
    description: String(documented.description),
    types: [...new Set(parameters.flatMap(({ schema }) => typesOf(schema)))],
    values: valuesOf(documented.schema as Schema),
    default: isForOne ? null : defaultOf(parameters),
    takenBy: [...new Set(uses.map(({ askedFor }) => askedFor))],
    // the value of the name alone does as well
    neededBy: isForOne ? [] : [...new Set(uses.filter(isNeeded).map(({ askedFor }) => askedFor))],
    isForOne,
  }
}

function usesOf(asked: Entry, name: string, menu: Menu): readonly Use[] {
  return withNeeds([asked], menu)
    .filter((wanted) => takes(wanted, name))
    .flatMap((wanted) => {
      const parameter = parameterOf(wanted, name)
      return parameter === undefined ? [] : [{ askedFor: asked.key, parameter }]
    })
}

function isNeeded({ parameter }: Use): boolean {
  return parameter.required && parameter.default === undefined
}

function valuesOf(schema: Schema): readonly string[] | null {
  const { enum: values } = schema as { readonly enum?: unknown }
  return Array.isArray(values) ? values.map(textOf) : null
}

/** The default that all share; null where they differ: the description lists them. */
function defaultOf(parameters: readonly Parameter[]): string | null {
  const texts = new Set(parameters.map((one) => (one.default === undefined ? null : textOf(one.default))))
  const [text = null] = texts
  return texts.size === 1 ? text : null
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
