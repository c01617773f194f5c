import type { Entry } from '../aggregate/menu.ts'
import type { Schema } from './schemas.ts'

/** Responses of an operation by status. */
type Responses = Readonly<Record<string, Schema>>

/**
 * A copy of the responses with the headers that sources expose, in those that have headers about sources. `taking` are
 * the sources that the operation may ask.
 */
export function withExposed(responses: Responses, taking: readonly Entry[]): Responses {
  const exposed = headersOf(taking)
  if (Object.keys(exposed).length === 0) return responses
  return Object.fromEntries(
    Object.entries(responses).map(([status, response]) => {
      const { headers } = response as { readonly headers?: Schema }
      const isOfSources = status !== '304' && headers !== undefined && 'Aggregate-Partial' in headers
      return [status, isOfSources ? { ...response, headers: { ...headers, ...exposed } } : response]
    }),
  )
}

function headersOf(taking: readonly Entry[]): Schema {
  const names = [...new Set(taking.flatMap(({ source }) => source.facts.exposeHeaders))]
  return Object.fromEntries(
    names.map((name) => {
      const from = taking
        .filter(({ source }) => source.facts.exposeHeaders.includes(name))
        .map(({ source }) => source.id)
      const description = `From the answer of ${LIST.format(new Set(from))}. Not in streams.`
      return [name, { description, schema: { type: 'string' } }]
    }),
  )
}

const LIST = new Intl.ListFormat('en', { type: 'disjunction' })
