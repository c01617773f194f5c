import type { Schema } from './schemas.ts'

/** Headers of answers; components of the document. */
export const HEADERS = {
  RequestId: {
    description: 'The name of the request: the one given, or one made up',
    schema: { type: 'string' },
    required: true,
  },
  AggregatePartial: {
    description: 'Whether a source that was asked failed; the same as `partial`',
    schema: { type: 'string', enum: ['true', 'false'] },
    required: true,
  },
  ServerTiming: {
    description: 'How long the whole took, and each source; shown by browsers (W3C Server Timing)',
    schema: { type: 'string' },
    example: 'total;dur=81.5, weather;dur=40.1, news;dur=81.2;desc="upstream_status"',
  },
  PreferenceApplied: { description: 'What of Prefer was honoured (RFC 7240)', schema: { type: 'string' } },
  RetryAfter: {
    description: 'Seconds to wait before another try',
    schema: { type: 'integer', minimum: 1 },
    required: true,
  },
} as const satisfies Readonly<Record<string, Schema>>

export function headerRef(name: keyof typeof HEADERS): Schema {
  return { $ref: `#/components/headers/${name}` }
}

/** The headers that tell of sources. `always` is false where an answer of that status may have asked none. */
export function sourceHeaders(always: boolean): Record<string, Schema> {
  return {
    'Aggregate-Partial': always ? headerRef('AggregatePartial') : { ...HEADERS.AggregatePartial, required: false },
    'Server-Timing': headerRef('ServerTiming'),
    'Preference-Applied': headerRef('PreferenceApplied'),
  }
}
