import type { IncomingMessage, ServerResponse } from 'node:http'
import helmet from 'helmet'

/**
 * Helmet's headers for every answer. An answer contains text of sources, and no browser may interpret it as a page, so
 * the policy allows nothing; the pages in /docs have policies of their own. HSTS is left to whoever terminates TLS: it
 * would hold for the whole domain.
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = collect(
  helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  }),
)

/** Runs helmet once: with these options its headers are the same for every request. */
function collect(middleware: ReturnType<typeof helmet>): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {}
  const response = {
    setHeader: (name: string, value: string) => {
      headers[name.toLowerCase()] = value
    },
    removeHeader: () => {},
  }
  middleware({} as IncomingMessage, response as never as ServerResponse, () => {})
  return headers
}
