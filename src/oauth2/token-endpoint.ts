import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretPost,
  clientCredentialsGrantRequest,
  customFetch,
  OperationProcessingError,
  processClientCredentialsResponse,
  UnsupportedOperationError,
} from 'oauth4webapi'
import { Allowance } from '../core/allowance.ts'
import { type Call, newRecord, type SourceRequest } from '../core/call.ts'
import type { Cancel } from '../core/cancel.ts'
import { type Clock, deadlineIn } from '../core/deadline.ts'
import { Events } from '../core/events.ts'
import type { Outcome } from '../core/outcome.ts'
import { readTrace } from '../core/trace.ts'
import { ACCEPT_ENCODING } from '../transport/coding.ts'
import type { Lookups } from '../transport/lookup.ts'
import type { TransportOptions } from '../transport/options.ts'
import { Transport } from '../transport/transport.ts'
import { type Granted, grantedOf, membersOf, Refused } from './answer.ts'
import { basicCredentials, type OAuth2Options } from './options.ts'

/** For one token request, from the look-up of the name to the last byte. Calls wait no longer than their own timeout. */
export const TOKEN_REQUEST_MS = 10_000
/** Size of an answer, after content decoding. */
export const MAX_TOKEN_ANSWER_BYTES = 64 * 1024

/** How connections to a source are made, which are made to its token endpoint in the same way. */
export type EndpointOptions = Omit<TransportOptions, 'origins' | 'keepsErrors' | 'keptHeaders'>

/** Dependencies of a token endpoint. */
export interface EndpointDependencies {
  readonly clock: Clock
  readonly lookups: Lookups
}

const NAME = 'the token endpoint'

// Node loads these classes when they are first used, which takes 20 ms: not while a call waits
Response.json({})

/** Asks for tokens. The connections are its own, and have the bounds of the source. */
export class TokenEndpoint {
  readonly #options: OAuth2Options
  readonly #url: URL
  readonly #clock: Clock
  readonly #transport: Transport
  readonly #authentication: ClientAuth

  constructor(options: OAuth2Options, connections: EndpointOptions, { clock, lookups }: EndpointDependencies) {
    this.#options = options
    this.#url = new URL(options.tokenUrl)
    this.#clock = clock
    this.#authentication = authenticationOf(options)
    const own = {
      timeoutMs: TOKEN_REQUEST_MS,
      attemptTimeoutMs: null,
      maxBytes: MAX_TOKEN_ANSWER_BYTES,
      unixSocket: null,
    }
    const reading = { emptyStatuses: [], redirects: 0, keepsErrors: true, keptHeaders: [] }
    // its attempts are no attempts to call the source, so nobody hears of them
    const events = new Events()
    this.#transport = new Transport(
      { ...connections, ...own, ...reading, origins: [this.#url.origin] },
      { clock, lookups, events },
    )
  }

  /** Makes one request. Rejects with Refused if there is no token. */
  async ask(cancel: Cancel): Promise<Granted> {
    const server = { issuer: this.#url.origin, token_endpoint: this.#options.tokenUrl }
    const client = { client_id: this.#options.clientId }
    let expiresIn: unknown
    const fetch = async (_url: string, { headers, body }: Sent): Promise<Response> => {
      const members = membersOf(await this.#send(requestOf(this.#url, headers, `${body}`), cancel))
      expiresIn = members.expires_in
      // only these: the library refuses other members that it cannot read, and nothing here needs them
      const { access_token, token_type } = members
      return Response.json({ access_token, token_type })
    }
    const options = { headers: OWN_HEADERS, [customFetch]: fetch, [allowInsecureRequests]: true }
    try {
      const params = paramsOf(this.#options)
      const response = await clientCredentialsGrantRequest(server, client, this.#authentication, params, options)
      const { access_token, token_type } = await processClientCredentialsResponse(server, client, response)
      return grantedOf(access_token, token_type, expiresIn)
    } catch (error) {
      if (error instanceof Refused) throw error
      if (!(error instanceof OperationProcessingError || error instanceof UnsupportedOperationError)) throw error
      throw new Refused('the token endpoint answered with an access_token or a token_type that cannot be used')
    }
  }

  /** Closes its connections. A running request is refused. */
  close(): void {
    this.#transport.close()
  }

  async #send(request: SourceRequest, cancel: Cancel): Promise<Outcome> {
    const deadline = deadlineIn(this.#clock, TOKEN_REQUEST_MS, 'call')
    const timer = this.#clock.setTimeout(() => cancel.cancel('call'), TOKEN_REQUEST_MS)
    const context = { requestId: '', trace: readTrace({}), made: new Map(), allowance: UNLIMITED }
    const call: Call = {
      ...{ id: NAME, source: NAME, context, request, deadline, cancel, kind: 'first' },
      record: newRecord(),
    }
    try {
      return await this.#transport.attempt(call)
    } finally {
      this.#clock.clearTimeout(timer)
    }
  }
}

/** What the library hands over to be sent. */
interface Sent {
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

const OWN_HEADERS = { 'user-agent': 'tributary', 'accept-encoding': ACCEPT_ENCODING }
const UNLIMITED = new Allowance({
  maxAttempts: Number.POSITIVE_INFINITY,
  maxAnswerBytes: Number.POSITIVE_INFINITY,
})

function authenticationOf(options: OAuth2Options): ClientAuth {
  if (options.authentication === 'post') return ClientSecretPost(options.clientSecret)
  // not the library's ClientSecretBasic: it encodes "-", ".", "_" and "~" too, which servers that do not decode refuse
  const credentials = `Basic ${basicCredentials(options)}`
  return (_server, _client, _body, headers) => headers.set('authorization', credentials)
}

function paramsOf({ scope, params }: OAuth2Options): URLSearchParams {
  const pairs = Object.entries(params).flatMap(([name, value]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  )
  return new URLSearchParams(scope === null ? pairs : [['scope', scope], ...pairs])
}

/** Asking twice gives two tokens, so it may be sent again on another connection. */
function requestOf({ pathname, search }: URL, headers: Sent['headers'], body: string): SourceRequest {
  const request = { method: 'POST', path: pathname + search, body: Buffer.from(body), isRepeatable: true } as const
  return { ...request, headers: Object.entries(headers).flat(), key: '', shown: () => null }
}
