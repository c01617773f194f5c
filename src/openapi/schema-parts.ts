/** The building blocks of the schemas of the document. */

export type Schema = Readonly<Record<string, unknown>>

export function ref(name: string): Schema {
  return { $ref: `#/components/schemas/${name}` }
}

/** An object with these properties, all required, and no others. */
export function exact(
  properties: Record<string, Schema>,
  optional: Record<string, Schema> = {},
  description?: string,
): Schema {
  return {
    type: 'object',
    ...(description === undefined ? {} : { description }),
    required: Object.keys(properties),
    additionalProperties: false,
    properties: { ...properties, ...optional },
  }
}

/** A duration. */
export const ms = (description: string): Schema => ({
  type: 'number',
  minimum: 0,
  description: `${description}, in milliseconds`,
})
/** A value of this type, or null. */
export const orNull = (type: string, description: string): Schema => ({ type: [type, 'null'], description })
