import { type Menu, withNeeds } from '../aggregate/menu.ts'
import { SIMULATED_CODES } from '../aggregate/simulated.ts'
import type { ServerConfig } from '../config/sections/server.ts'
import type { Offer, OfferedEndpoint } from './offered.ts'
import { offeredParameters } from './parameters.ts'

/** An endpoint as the routes know it. */
export type Described = Pick<OfferedEndpoint, 'view' | 'method' | 'path' | 'description' | 'deadlineMs' | 'streams'> & {
  readonly menu: Menu
}

/** What the console offers. Like the OpenAPI document, it holds nothing secret. Endpoints without sources are left out. */
export function offerOf(endpoints: readonly Described[], server: ServerConfig): Offer {
  const { auth, explain, simulate } = server
  return {
    endpoints: endpoints.filter(({ menu }) => menu.entries.length > 0).map(offered),
    auth: { apiKey: (auth?.apiKeys.length ?? 0) > 0, token: (auth?.jwt ?? null) !== null },
    explain,
    endings: simulate ? ENDINGS : [],
  }
}

/** What `simulate` takes: statuses that apps handle in different ways, delays, and every other failure code. */
const ENDINGS = [
  'empty',
  ...['200ms', '800ms', '3s'].map((delay) => `delay=${delay}`),
  ...[400, 401, 404, 429, 500, 503].map((status) => `upstream_status=${status}`),
  ...SIMULATED_CODES.filter((code) => code !== 'upstream_status'),
]

function offered({ menu, ...endpoint }: Described): OfferedEndpoint {
  return {
    ...endpoint,
    entries: menu.entries.map(({ key, source, required }) => {
      return { key, source: source.id, description: source.facts.description, required }
    }),
    parameters: offeredParameters(menu, variablesIn(endpoint.path)),
    headers: headersOf(menu),
  }
}

/** Browsers send cookies by themselves, and let no script set them. */
function headersOf(menu: Menu): readonly string[] {
  const names = withNeeds(menu.entries, menu).flatMap(({ entry }) => entry.source.forwardHeaders)
  return [...new Set(names)].filter((name) => name !== 'cookie')
}

/** The names of the segments that are parameters. */
function variablesIn(path: string): readonly string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
}
