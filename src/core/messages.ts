/** What failures are called to a person, where more than one place says so: the stack, and the examples of the document. */
export const MESSAGES = {
  responseTimeout: (source: string, ms: number) => `${source} did not answer within ${ms} ms`,
  deadline: (source: string) => `${source} did not answer before the deadline`,
  status: (source: string, status: number) => `${source} answered with status ${status}`,
  reported: (source: string) => `${source} answered with an error`,
  invalidBody: (source: string, format: string) => `${source} did not answer with valid ${format}`,
  select: (source: string) => `the select expression failed on the data of ${source}`,
  failWhen: (source: string) => `the failWhen expression failed on the data of ${source}`,
  noToken: (source: string) => `no access token could be had for ${source}`,
  noTokenInTime: (source: string, ms: number) => `no access token could be had for ${source} within ${ms} ms`,
  breakerOpen: (source: string) => `${source} failed too often recently, and is not called for a while`,
  bulkheadFull: (source: string, inFlight: number, waiting: number) =>
    `${source} has reached its limit of ${inFlight} calls in flight and ${waiting} waiting`,
  dependency: (source: string, needed: string) => `${source} needs ${needed}, which failed`,
  internal: (source: string) => `an internal error occurred while ${source} was called`,
} as const
