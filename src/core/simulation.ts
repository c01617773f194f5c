import type { FailureCode } from './failure.ts'

/**
 * How a client wants a call to end, without asking the source (`server.simulate`): after a delay it is made as usual,
 * it is empty, or it fails.
 */
export type Simulation =
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'empty' }
  | { readonly kind: 'failure'; readonly code: Exclude<FailureCode, 'upstream_status'> }
  | { readonly kind: 'status'; readonly status: number }
