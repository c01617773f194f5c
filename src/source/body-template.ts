/** A JSON body with places for values. Filled as data and written as JSON once, so that no value can leave its place. */
export interface BodyTemplate {
  /** The variables that stand in it. */
  readonly variables: readonly string[]
  /** The body in UTF-8. A member or item whose variable has no value is left out. */
  render(values: BodyValues): Buffer
}

/** JSON values by name. */
export type BodyValues = Readonly<Record<string, unknown>>

/** A string that is exactly `{name}` becomes the value of that name; every other string stays what it is. */
const PLACE = /^\{([A-Za-z_][A-Za-z0-9_]{0,62})\}$/

/** Prepares a JSON template. */
export function compileBody(template: unknown): BodyTemplate {
  return {
    variables: [...new Set(placesIn(template))],
    render: (values) => Buffer.from(JSON.stringify(filled(template, values)) ?? 'null'),
  }
}

function placesIn(part: unknown): readonly string[] {
  if (typeof part === 'string') return PLACE.exec(part)?.slice(1) ?? []
  return typeof part === 'object' && part !== null ? Object.values(part).flatMap(placesIn) : []
}

/** Undefined where nothing is to be written. */
function filled(part: unknown, values: BodyValues): unknown {
  if (typeof part === 'string') {
    const name = PLACE.exec(part)?.[1]
    if (name === undefined) return part
    return Object.hasOwn(values, name) ? values[name] : undefined
  }
  if (Array.isArray(part)) return part.map((item) => filled(item, values)).filter((item) => item !== undefined)
  if (typeof part !== 'object' || part === null) return part
  return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, filled(item, values)]))
}
