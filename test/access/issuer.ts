import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose'
import type { Owner } from '../support/owner.ts'

/** A key pair of an issuer. */
export interface Pair {
  readonly alg: string
  readonly privateKey: CryptoKey
  /** As it stands in a key set. */
  readonly jwk: JWK
}

export async function newPair(alg: string, kid?: string): Promise<Pair> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
  const jwk = { ...(await exportJWK(publicKey)), alg, use: 'sig', ...(kid === undefined ? {} : { kid }) }
  return { alg, privateKey, jwk }
}

export const ISSUER = 'https://id.example/'
export const AUDIENCE = 'app'
export const SECRET = 'a secret of tests, at least 32 bytes'

/** Claims of a valid token, with an hour to go. */
export function claimsOf(over: JWTPayload = {}): JWTPayload {
  const now = Math.floor(Date.now() / 1000)
  return { iss: ISSUER, aud: AUDIENCE, sub: 'ada', iat: now, exp: now + 3600, ...over }
}

/** A token that a pair has signed. */
export function signedBy(pair: Pair, claims: JWTPayload = claimsOf(), header: object = {}): Promise<string> {
  const kid = pair.jwk.kid === undefined ? {} : { kid: pair.jwk.kid }
  return new SignJWT(claims).setProtectedHeader({ alg: pair.alg, ...kid, ...header }).sign(pair.privateKey)
}

/** A token that is signed with `SECRET`, or another text. */
export function shared(claims: JWTPayload = claimsOf(), secret = SECRET, header: object = {}): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', ...header }).sign(new TextEncoder().encode(secret))
}

/** A token of any form, with a signature that is only text. */
export function forged(header: unknown, claims: unknown, signature = ''): string {
  const encode = (part: unknown) =>
    Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url')
  return `${encode(header)}.${encode(claims)}.${signature}`
}

type Answer = (response: ServerResponse) => void

/** An endpoint with a key set. */
export interface KeyServer {
  readonly url: string
  /** Requests so far. */
  count: number
  /** What it answers from now on. */
  answer: Answer
}

/** Starts an endpoint that answers with these keys; ends with the test. */
export async function startKeyServer(t: Owner, answer: Answer = keys()): Promise<KeyServer> {
  const server = createServer((_request, response) => {
    started.count += 1
    started.answer(response)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  t.teardown(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  const started: KeyServer = { url, count: 0, answer }
  return started
}

/** Answers with a key set. */
export function keys(...members: readonly unknown[]): Answer {
  return sends(JSON.stringify({ keys: members }))
}

/** Answers with any body. */
export function sends(body: string, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  return (response) => void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body)
}
