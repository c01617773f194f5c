import { isIP } from 'node:net'
import { isPrivateAddress } from '../transport/address.ts'
import { checkBody } from './check-body.ts'
import { checkDeadlineHeader, checkForwardHeaders, checkHeaders } from './check-headers.ts'
import { checkExpandable, checkOperators, checkParamSchemas, checkParams, checkValues } from './check-params.ts'
import { checkPolicies } from './check-policies.ts'
import { checkVariables } from './check-variables.ts'
import { checkSafety } from './safety.ts'
import { readUserSchema } from './schema/user-schema.ts'
import type { SourceScope } from './scope.ts'
import { formatMs, toMs } from './text/units.ts'
import { textsIn } from './variables.ts'
import { warnOfPolicies } from './warn-policies.ts'

/** Everything that the schema can't say of one source. */
export function checkSource(scope: SourceScope): void {
  for (const check of CHECKS) check(scope)
}

const CHECKS = [
  checkVariables,
  checkExpandable,
  checkOperators,
  checkParams,
  checkParamSchemas,
  checkValues,
  checkBody,
  checkHeaders,
  checkForwardHeaders,
  checkDeadlineHeader,
  checkAddress,
  checkTimeouts,
  checkConnectTimeout,
  checkPolicies,
  checkSafety,
  checkSchema,
  warnOfPolicies,
  warnOfSecretsInTheClear,
]

function checkTimeouts({ source, problem, show, at, hasBroken }: SourceScope): void {
  const { timeoutMs, attemptTimeoutMs } = source
  if (attemptTimeoutMs === null || attemptTimeoutMs <= timeoutMs || hasBroken('timeout', 'attemptTimeout')) return
  const path = at('attemptTimeout')
  const whole = show(at('timeout'), formatMs(timeoutMs))
  problem(
    path,
    `${show(path, formatMs(attemptTimeoutMs))} is above timeout, which is ${whole} for "${source.id}"; write at most that`,
  )
}

/** A mistake only where the source writes both; otherwise the connect timeout is capped. */
function checkConnectTimeout({ id, own, problem, show, hasBroken }: SourceScope): void {
  const { connectTimeout, attemptTimeout } = own
  if (connectTimeout === undefined || attemptTimeout === undefined || hasBroken('connectTimeout', 'attemptTimeout'))
    return
  if (toMs(connectTimeout) <= toMs(attemptTimeout)) return
  const path = ['sources', id]
  const least = show([...path, 'attemptTimeout'], String(attemptTimeout))
  problem([...path, 'connectTimeout'], `is above attemptTimeout, which is ${least}; write at most that`)
}

function checkSchema({ source, problem, at, hasBroken }: SourceScope): void {
  if (source.validate && source.schema === null && !hasBroken('schema')) {
    problem(at('validate'), 'needs a schema to validate by; write one, or leave validate out')
  }
  if (source.schema === null) return
  const read = readUserSchema(source.schema)
  if (!('problems' in read)) return
  for (const message of read.problems) problem(at('schema'), `is no valid JSON Schema: ${message}`)
}

/** Checks a host that is an address. A name is looked up and checked with each connection instead. */
function checkAddress({ source, id, problem, hasBroken }: SourceScope): void {
  if (!source.denyPrivateAddresses || !source.template || hasBroken('denyPrivateAddresses')) return
  const host = new URL(source.template.origin).hostname.replace(/^\[|\]$/g, '')
  if (isIP(host) === 0 || !isPrivateAddress(host)) return
  problem(
    ['sources', id, 'url'],
    'its host is a private address, which denyPrivateAddresses refuses; write denyPrivateAddresses: false, or another host',
  )
}

function warnOfSecretsInTheClear({ source, id, written, warn, at, isFromEnvironment }: SourceScope): void {
  const { template, values, headers, forwardHeaders } = source
  if (!template?.origin.startsWith('http:') || isLoopback(new URL(template.origin).hostname)) return
  const texts = source.body === null ? [] : textsIn(written.body, at('body'))
  const secrets = [
    Object.keys(values).length > 0 ? 'values' : [],
    Object.keys(headers).length > 0 ? 'headers' : [],
    isFromEnvironment(['sources', id, 'url']) ? 'environment references in url' : [],
    texts.some(({ path }) => isFromEnvironment(path)) ? 'environment references in body' : [],
    forwardHeaders.some((name) => name === 'authorization' || name === 'cookie') ? "the client's credentials" : [],
  ].flat()
  if (secrets.length === 0) return
  warn(['sources', id, 'url'], `${secrets.join(', ')} travel unencrypted over http to another host; use https`)
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d+){3}$/.test(host)
}
