import type { Owner } from './owner.ts'
import type { Handler, Reply } from './upstream/exchange.ts'
import { startUpstream, type Upstream, type UpstreamOptions } from './upstream/upstream.ts'

/** A token endpoint (`/token`) and an API behind it (`/api`), in one upstream. */
export interface TokenServer extends Upstream {
  /** What the token endpoint does. */
  endpoint: Handler
  /** What the API does with a request whose token it takes. */
  api: Handler
  /** Tokens that it has issued, in order. Each is another one. */
  readonly issued: readonly string[]
  /** Tokens that the API takes; any other one is a 401. */
  readonly valid: Set<string>
  /** Token requests so far. */
  readonly asked: number
  /** Authorization headers that the API has seen. */
  readonly seen: readonly string[]
  /** `auth` of a source. */
  auth(over?: object): object
  /** Issues a token that is valid from now on. */
  issue(): string
}

export const CLIENT_ID = 'the-client-id'
export const CLIENT_SECRET = 's3cret/of+the client:%'

/** Answers with JSON. */
export const json = (body: unknown, more: Reply = {}): Reply => ({
  ...more,
  headers: { 'content-type': 'application/json', ...more.headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
})

export const says =
  (body: unknown, more: Reply = {}): Handler =>
  async (x) =>
    void (await x.reply(json(body, more)))

/** Issues tokens; `over` replaces members of the answer, and undefined leaves them out. */
export const issues =
  (server: () => TokenServer, over: object = {}): Handler =>
  async (x) =>
    void (await x.reply(json({ access_token: server().issue(), token_type: 'Bearer', expires_in: 3600, ...over })))

/** Starts one whose endpoint issues tokens for an hour, and whose API answers `{"ok":true}`. */
export async function startTokenServer(t: Owner, options: UpstreamOptions = {}): Promise<TokenServer> {
  const issued: string[] = []
  const valid = new Set<string>()
  const seen: string[] = []
  const upstream = await startUpstream(t, {
    ...options,
    script: {
      '/token': (x) => server.endpoint(x),
      '/api': async (x) => {
        const given = String(x.request.headers.authorization)
        seen.push(given)
        if (valid.has(given.replace(/^Bearer /, ''))) return server.api(x)
        await x.reply(json({ error: 'unauthorized', given }, { status: 401, headers: { 'www-authenticate': given } }))
      },
      ...options.script,
    },
  })
  const issue = (): string => {
    const token = `token-${issued.length + 1}-${Math.random().toString(36).slice(2)}`
    issued.push(token)
    valid.add(token)
    return token
  }
  const state = { issued, valid, seen, issue, api: says({ ok: true }), endpoint: issues(() => server) }
  const server: TokenServer = Object.defineProperties(
    { ...state } as unknown as TokenServer,
    Object.getOwnPropertyDescriptors(upstream),
  )
  Object.defineProperty(server, 'asked', { get: () => upstream.count('/token') })
  server.auth = (over = {}) => ({
    oauth2: { tokenUrl: upstream.url('/token'), clientId: CLIENT_ID, clientSecret: CLIENT_SECRET, ...over },
  })
  return server
}
