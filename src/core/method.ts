/** The HTTP methods that sources and views may have. */
export const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

export type Method = (typeof METHODS)[number]

/**
 * Methods that may change something, and whose same request has the same effect however often it is made (RFC 9110,
 * section 9.2.2).
 */
export const REPEATABLE_WRITES: readonly Method[] = ['PUT', 'DELETE']
