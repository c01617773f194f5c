import type { Outcome } from '../core/outcome.ts'

/** Words that logs and metrics share. */

/** nginx's status for a client that closed the connection before the answer. Nobody receives it. */
export const CLIENT_CLOSED_REQUEST = 499

/** How a call ended, in a word: `ok`, `empty`, or the failure code. */
export function outcomeWord({ failure, body }: Outcome): string {
  return failure?.code ?? (body === null ? 'empty' : 'ok')
}

/** Whether a request was refused only because its client left while it sent it. */
export function hasLeft(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNRESET'
}
