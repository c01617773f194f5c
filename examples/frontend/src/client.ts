import createClient from 'openapi-fetch'
import type { components, paths } from './api.d.ts'

/** An answer as a whole, or a problem; the document has streams under the same paths. */
type Whole = 'application/json' | 'application/problem+json'

/** The service. Paths, parameters and answers have the types of its OpenAPI document. */
export const service = createClient<paths, Whole>()

/** A source that failed. Its `code` is one of a closed set. */
export type FailedSource = components['schemas']['FailedSource']
