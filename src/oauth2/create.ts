import type { Events } from '../core/events.ts'
import type { OAuth2Options } from './options.ts'
import type { EndpointDependencies, EndpointOptions } from './token-endpoint.ts'
import { Tokens } from './tokens.ts'

/** Dependencies of the tokens of a source. */
export interface AuthorizationDependencies extends EndpointDependencies {
  readonly events: Events
}

/** The tokens of a source, and the connections to their endpoint. Whoever creates it closes it. */
export interface Authorization {
  readonly tokens: Tokens
  close(): void
}

/**
 * Creates them. The library for requests is loaded only here: loading it takes time, and few sources need it.
 * `connections` are the options of the source.
 */
export function authorizationFor(
  source: string,
  options: OAuth2Options,
  connections: EndpointOptions,
  dependencies: AuthorizationDependencies,
): Authorization {
  const endpoint = import('./token-endpoint.ts').then(
    ({ TokenEndpoint }) => new TokenEndpoint(options, connections, dependencies),
  )
  const { clock, events } = dependencies
  const tokens = new Tokens(source, {
    ask: async (cancel) => (await endpoint).ask(cancel),
    random: Math.random,
    ...{ clock, events },
  })
  const close = (): void => {
    tokens.close()
    void endpoint.then((loaded) => loaded.close())
  }
  return { tokens, close }
}
