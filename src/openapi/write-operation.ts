import { type Menu, withNeeds } from '../aggregate/menu.ts'
import type { ViewConfig } from '../config/config.ts'
import { variablesOf } from '../config/sections/view-path.ts'
import { wholeResponse } from './answers.ts'
import { withExposed } from './exposed.ts'
import { failureResponses, passedResponses } from './failures.ts'
import { type OperationView, viewFacts } from './operations.ts'
import { COMMON, flatParameters, outsidePath, POST_HEADERS, pathParameters } from './parameters.ts'
import { ALWAYS, otherProblems, ownExample, problemResponse } from './problems.ts'
import type { Schema } from './schemas.ts'

/** The operation of a view with another method than GET. */

const CHANGES = `Sources may change something: a request that was sent to one runs on when the deadline of the answer
passes. If the answer is a problem although a source was called, the problem document has \`data\`, too.`

/** Our own problems of such a view, by the statuses that sources may have too. */
const OF_WRITES = { 403: 'forbidden', 413: 'body-too-large', 415: 'unsupported-media-type' } as const

type View = OperationView & Pick<ViewConfig, 'method' | 'path'>

/** The operation of a view whose parameters are members of its body, or whose body is forwarded. */
export function writeOperation(view: View, menu: Menu): Schema {
  const { entries } = menu
  const path = view.path?.text ?? `/aggregate/${view.id}`
  const taking = withNeeds(entries, menu).map(({ entry }) => entry)
  const parameters = flatParameters(taking, menu)
  const inPath = variablesOf(view.path)
  const isForwarded = entries.some(({ source }) => source.facts.needsBody)
  const others = outsidePath(parameters, inPath)
  return {
    ...viewFacts(view, entries, CHANGES),
    parameters: [
      ...pathParameters(parameters, inPath),
      ...(isForwarded ? others : []),
      ...COMMON.query,
      ...POST_HEADERS,
    ],
    ...bodyOf(isForwarded ? null : others),
    responses: withExposed(
      {
        200: wholeResponse(entries, view.shape),
        400: { $ref: '#/components/responses/InvalidRequest' },
        403: problemResponse({ forbidden: ownExample('forbidden', path) }),
        ...failureResponses(entries, path),
        ...passedResponses(entries, taking, path, OF_WRITES),
        default: otherProblems([...ALWAYS, 'not-acceptable', 'not-found', 'body-too-large', 'unsupported-media-type']),
      },
      taking,
    ),
  }
}

/** The request body: an object of parameters, or any JSON that is forwarded (null). */
function bodyOf(parameters: readonly Schema[] | null): Schema {
  if (parameters === null)
    return {
      requestBody: {
        description: 'Any JSON. It is forwarded as it is.',
        content: { 'application/json': { schema: {} } },
      },
    }
  if (parameters.length === 0) return {}
  const required = parameters.flatMap(({ name, required: isRequired }) => (isRequired === true ? [name] : []))
  const properties = Object.fromEntries(
    parameters.map(({ name, schema, description }) => [name, { ...(schema as Schema), description }]),
  )
  const schema = { type: 'object', properties, ...(required.length === 0 ? {} : { required }) }
  const description =
    'Parameters of the sources. Each may be given in the query instead; `weather.q` is for one source.'
  return {
    requestBody: { required: required.length > 0, description, content: { 'application/json': { schema } } },
  }
}
