import type { ErrorObject } from 'ajv/dist/2020.js'
import { MAX_NAME_LENGTH } from '../../core/limits.ts'
import type { Path } from '../text/problems.ts'
import { type Guesses, guessesOf } from './keywords.ts'
import type { Options } from './parts.ts'

/** Suggestions in messages: a known key for an unknown one, an example of a value, a valid spelling of a name. */

/** A part of the schema, as ajv hands it over with an error. */
export interface BlockSchema extends Partial<Options> {
  readonly type?: unknown
  readonly anyOf?: readonly BlockSchema[]
  readonly properties?: Readonly<Record<string, BlockSchema>>
}

/** The message for an unknown key of a block; null if there is no guess for it. `value` is what is written under it. */
export function guess(schema: BlockSchema, path: Path, key: string, value: unknown): string | null {
  const plain = key.toLowerCase().replaceAll(/[-_]/g, '')
  if (SWITCHES_OFF_TLS.test(plain)) return CERTIFICATES
  if (LOGS.test(plain) && path.length <= 1) return LOG_LEVEL
  if (/^(tls|ssl|https|certificates?)$/.test(plain) && isServerOrTop(path)) return NO_TLS
  const hint = own(guessesOf(schema.properties ?? {}), plain) ?? own(schema.guesses, plain)
  if (hint !== undefined) return `is an unknown key; ${hint}`
  return own(schema.misplaced, key)?.replace('{value}', shown(value)) ?? null
}

const LOGS = /^(log|logs|logger|logging|loglevel|verbose|debug)$/
const LOG_LEVEL = 'is set by the environment variable LOG_LEVEL, as in LOG_LEVEL=debug npm start; leave it out'
const NO_TLS = 'is not supported: this service listens on plain HTTP; put a proxy that ends TLS before it'
const CERTIFICATES =
  'would switch off the check of certificates, which is never possible; leave it out, and trust a private CA with tls: { ca: ca.pem }, or with the environment variable NODE_EXTRA_CA_CERTS'
/** Other tools' options that disable certificate checks: `insecureSkipVerify`, `strict-ssl`, `ignoreSslErrors`, ... */
const SWITCHES_OFF_TLS =
  /^verify$|rejectunauthori[sz]ed|insecure|selfsigned|invalidcert|skipverif|strictssl|serveridentity|trustall|(ssl|tls|cert|https).*(verif|valid|check|error|ignore|skip)|(verif|valid|check|ignore|disable|skip).*(ssl|tls|cert|https|peer)/

function isServerOrTop(path: Path): boolean {
  return path.length === 0 || (path.length === 1 && path[0] === 'server')
}

function own(guesses: Guesses = {}, name: string): string | undefined {
  return Object.hasOwn(guesses, name) ? guesses[name] : undefined
}

/** Repeats the user's value in an example, if it cannot be a secret. */
function shown(value: unknown): string {
  const isShort = typeof value === 'string' && /^[0-9.]+(ms|s|m|h|kb|mb)?$/.test(value)
  return typeof value === 'number' || typeof value === 'boolean' || isShort ? String(value) : '…'
}

/** Returns `; write for example { attempts: 3 }` if another type was written instead of a map or list; else ''. */
export function exampleOf({ keyword, parentSchema, data }: ErrorObject, isFromEnvironment: boolean): string {
  if (keyword !== 'type' && keyword !== 'anyOf') return ''
  const schema = parentSchema as BlockSchema
  if (!takesBlock(schema)) return ''
  const example = (isFromEnvironment ? undefined : schema.meant?.(data)) ?? schema.examples?.[0]
  return example === undefined ? '' : `; write for example ${flow(example)}`
}

function takesBlock({ type, anyOf = [] }: BlockSchema): boolean {
  return type === 'object' || type === 'array' || anyOf.some(takesBlock)
}

/** A value as it is written in YAML's flow style, so that a message can be copied into the file. */
export function flow(value: unknown): string {
  if (typeof value === 'string') return isPlain(value) ? value : JSON.stringify(value)
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value !== 'object' || value === null) return String(value)
  const members = Object.entries(value).map(([key, item]) => `${flow(key)}: ${flow(item)}`)
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`
}

function isPlain(text: string): boolean {
  return /^[A-Za-z][\w .-]*$|^[0-9]+[a-z]+$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text)
}

/** Returns `; write for example mySource` for a key that breaks `rule`; '' if there is no similar valid spelling. */
export function spellingOf(key: string, rule: string): string {
  const [first = '', ...others] = key
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .split(/[^A-Za-z0-9_]+/)
    .filter((part) => part !== '')
  const joined = [first, ...others.map((part) => part.charAt(0).toUpperCase() + part.slice(1))].join('')
  const name = joined.replace(/^[^A-Za-z]+/, '').slice(0, MAX_NAME_LENGTH)
  return name === '' || name === key || rule.includes(`"${name}"`) ? '' : `; write for example ${name}`
}
