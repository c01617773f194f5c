import type { FailedSource } from './client.ts'

const SLOW = 'It took too long to answer.'
const UNREACHABLE = 'It cannot be reached.'
const BROKEN = 'Its answer could not be read.'
const BUSY = 'It has too much to do.'

/** What a visitor is told. TypeScript reports a code that is missing here. */
const REASONS: Readonly<Record<FailedSource['code'], string>> = {
  connection_refused: UNREACHABLE,
  connection_terminated: UNREACHABLE,
  connection_timeout: SLOW,
  dns_error: UNREACHABLE,
  tls_certificate_error: UNREACHABLE,
  tls_protocol_error: UNREACHABLE,
  tls_alert_received: UNREACHABLE,
  http_response_timeout: SLOW,
  http_response_incomplete: BROKEN,
  http_response_body_size: BROKEN,
  http_response_header_section_size: BROKEN,
  http_response_content_coding: BROKEN,
  http_protocol_error: BROKEN,
  upstream_status: 'It reported an error.',
  upstream_error: 'It reported an error.',
  authorization_failed: 'It could not be asked.',
  invalid_body: BROKEN,
  select_failed: BROKEN,
  destination_unavailable: 'It has failed often, and is given a rest.',
  connection_limit_reached: BUSY,
  destination_ip_prohibited: UNREACHABLE,
  deadline_exceeded: SLOW,
  dependency_failed: 'Something that it needs is missing.',
  internal_error: 'Something went wrong here.',
}

export function reasonOf({ code }: Pick<FailedSource, 'code'>): string {
  // a later version of the service may have more codes than these types
  return REASONS[code] ?? 'It has failed.'
}
