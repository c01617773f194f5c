import type { Path } from '../text/problems.ts'
import type { SchemaError } from './validate.ts'

interface Described {
  readonly examples?: readonly unknown[]
  readonly type?: unknown
  readonly anyOf?: readonly Described[]
}

/** `; write for example { attempts: 3 }`, where a map or list belongs and something else is written; else nothing. */
export function exampleOf(error: SchemaError, path: Path, isSecret: boolean): string {
  const { keyword, parentSchema, data } = error
  if (keyword !== 'type' && keyword !== 'anyOf') return ''
  const schema = parentSchema as Described
  if (!takesBlock(schema)) return ''
  const example =
    (isSecret || isTopCache(path) ? undefined : guessed(String(path.at(-1)), data)) ?? schema.examples?.[0]
  return example === undefined ? '' : `; write for example ${flow(example)}`
}

function takesBlock({ type, anyOf = [] }: Described): boolean {
  return type === 'object' || type === 'array' || anyOf.some(takesBlock)
}

/** `cache` at the top of the file is not the `cache` of a source. */
function isTopCache(path: Path): boolean {
  return path.length === 1 && path[0] === 'cache'
}

const DURATION = /^[0-9]+(ms|s|m|h|d)$/

/** What a scalar was probably meant to be: `retry: 3` is `{ attempts: 3 }`. Undefined where nothing can be told from it. */
function guessed(key: string, value: unknown): object | undefined {
  const count = typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : null
  const duration = typeof value === 'string' && DURATION.test(value) ? value : null
  if (key === 'retry') return { attempts: count !== null && count <= 5 ? count : 3 }
  if (count !== null && key === 'bulkhead') return { maxInFlight: count }
  if (count !== null && key === 'rateLimit') return { max: count, per: '1s' }
  const blocks: Readonly<Record<string, string>> = {
    breaker: 'openFor',
    cache: 'ttl',
    hedge: 'after',
    deadline: 'default',
  }
  const within = Object.hasOwn(blocks, key) ? blocks[key] : undefined
  return within === undefined || duration === null ? undefined : { [within]: duration }
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

/** `; write for example mySource`, for a key of a map whose keys follow a rule; nothing where no spelling is near. */
export function spellingOf(key: string, rule: string): string {
  const [first = '', ...others] = key
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .split(/[^A-Za-z0-9_]+/)
    .filter((part) => part !== '')
  const joined = [first, ...others.map((part) => part.charAt(0).toUpperCase() + part.slice(1))].join('')
  const name = joined.replace(/^[^A-Za-z]+/, '').slice(0, 63)
  return name === '' || name === key || rule.includes(`"${name}"`) ? '' : `; write for example ${name}`
}
