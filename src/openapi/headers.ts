import type { Schema } from './schemas.ts'

/** Headers of answers; components of the document. */
export const HEADERS = {
  RequestId: {
    description: 'The id of the request: the one that was sent, or a new one.',
    schema: { type: 'string' },
    required: true,
  },
  AggregatePartial: {
    description: 'Whether a source that was asked failed; the same as `partial`.',
    schema: { type: 'string', enum: ['true', 'false'] },
    required: true,
  },
  ServerTiming: {
    description: 'How long the answer and each source took (W3C Server Timing). Browsers show it.',
    schema: { type: 'string' },
    example: 'total;dur=81.5, weather;dur=40.1, news;dur=81.2;desc="upstream_status"',
  },
  CacheControl: {
    description: 'How long the answer is fresh, and whether it is for one client only.',
    schema: { type: 'string' },
    example: 'max-age=29',
    required: true,
  },
  ETag: {
    description: 'A weak tag over `data`, for If-None-Match. Missing if a source failed or was substituted.',
    schema: { type: 'string' },
    example: 'W/"pJ5vT0mJ6mGqkB1Gz3gJ2w"',
  },
  AccelBuffering: {
    description: 'Of a stream, for nginx.',
    schema: { type: 'string', const: 'no' },
  },
  PreferenceApplied: { description: 'The preferences that were honoured (RFC 7240).', schema: { type: 'string' } },
  Challenge: {
    description: 'The credentials that are accepted, and for a token that is not valid, why (RFC 6750).',
    schema: { type: 'string' },
    example: 'Bearer realm="tributary", ApiKey realm="tributary", header="X-API-Key"',
    required: true,
  },
  PassedChallenge: {
    description: 'The credentials that the source accepts, in its own words; `Bearer` if it says nothing.',
    schema: { type: 'string' },
    example: 'Bearer realm="accounts"',
    required: true,
  },
  RetryAfter: {
    description: 'How many seconds to wait before trying again.',
    schema: { type: 'integer', minimum: 1 },
    required: true,
  },
  NoStore: {
    description: 'Always `no-store`: it is never cached.',
    schema: { type: 'string', const: 'no-store' },
    required: true,
  },
} as const satisfies Readonly<Record<string, Schema>>

export function headerRef(name: keyof typeof HEADERS): Schema {
  return { $ref: `#/components/headers/${name}` }
}

/** The headers about sources. `always` is false if an answer with that status may have called no source. */
export function sourceHeaders(always: boolean): Record<string, Schema> {
  return {
    'Aggregate-Partial': always ? headerRef('AggregatePartial') : { ...HEADERS.AggregatePartial, required: false },
    'Server-Timing': headerRef('ServerTiming'),
    'Preference-Applied': headerRef('PreferenceApplied'),
  }
}
