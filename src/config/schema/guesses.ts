import { serverSchema } from '../schema-server.ts'
import { sharedProperties } from '../schema-source.ts'
import type { Path } from '../text/problems.ts'
import { unsupportedKeys } from './unsupported.ts'

/** What other gateways and frameworks call a thing, and people write by guess: answered with what it is called here. */
type Guesses = Readonly<Record<string, string>>

const SOURCES = 'did you mean "sources"?'
const SOURCES_OR_VIEWS = 'did you mean "sources" (the APIs that are called) or "views" (what clients ask for)?'
const LOG_LEVEL = 'is set by the environment variable LOG_LEVEL, as in LOG_LEVEL=debug npm start; leave it out'
const NO_TLS = 'is not supported: this service listens on plain HTTP; put a proxy that ends TLS before it'

/** By the key in lower case, without "-" and "_". What is no whole sentence follows "is an unknown key; ". */
const TOP: Guesses = {
  ...pointing(['services', 'upstreams', 'backends', 'apis', 'providers', 'clusters', 'targets'], SOURCES),
  ...pointing(['hosts', 'servers', 'gateways', 'origins', 'proxies', 'requests', 'resources'], SOURCES),
  ...pointing(['endpoints', 'routes', 'paths', 'locations', 'aggregations'], SOURCES_OR_VIEWS),
  ...pointing(['query', 'queries', 'aggregates', 'pages'], 'did you mean "views"?'),
  ...pointing(['default', 'global', 'globals', 'common'], 'did you mean "defaults"?'),
  ...pointing(['http', 'listen', 'listener'], 'did you mean "server"? Write for example server: { port: 3000 }'),
  ...pointing(['resilience', 'policies'], 'did you mean "defaults"? Write for example defaults: { timeout: 1s }'),
  ...pointing(
    ['health', 'healthcheck', 'liveness', 'readiness'],
    'GET /health/live and /health/ready are always there',
  ),
  ...pointing(['openapi', 'swagger', 'apidocs'], 'GET /docs is there unless server: { docs: false } is written'),
  ...pointing(['env', 'environment', 'vars', 'variables', 'secrets'], 'write ${NAME} where a value belongs'),
  ...pointing(['include', 'includes', 'import', 'imports', 'extends'], 'a configuration is one file; write all in it'),
  ...pointing(['plugins', 'plugin', 'middleware', 'middlewares', 'handlers'], 'there are no plugins; leave it out'),
  ...pointing(['name', 'title', 'description', 'id'], 'leave it out, or write it in a comment (# …)'),
  version: 'there is no version of the format; leave it out',
  $schema: 'it is for editors; in YAML, write the comment # yaml-language-server: $schema=config.schema.json',
}

const SERVER: Guesses = {
  ...pointing(['address', 'bind', 'hostname', 'interface'], 'did you mean "host"?'),
  ...pointing(['listen'], 'did you mean "host" or "port"? Write for example host: 0.0.0.0 and port: 8080'),
  ...pointing(['timeout', 'requesttimeout'], 'write for example deadline: { default: 2s } at the top of the file'),
  ...pointing(['maxconnections', 'concurrency'], 'did you mean "maxInFlight"?'),
}

const SOURCE: Guesses = {
  ...pointing(
    [
      'path',
      'endpoint',
      'uri',
      'baseurl',
      'host',
      'hosts',
      'target',
      'href',
      'address',
      'urlpattern',
      'upstream',
      'proxypass',
    ],
    'did you mean "url"? Write the whole address there, as in url: "https://api.example/weather{?q}"',
  ),
  ...pointing(
    ['query', 'queryparams', 'querystring', 'querystrings', 'qs', 'parameters', 'args', 'inputquerystrings'],
    'did you mean "params"? Write for example params: { q: { type: string } }, and {?q} at the end of the url',
  ),
  ...pointing(
    ['retries', 'maxretries', 'attempts', 'maxattempts', 'retrycount', 'retrypolicy'],
    'did you mean "retry"? Write for example retry: { attempts: 3 }',
  ),
  ...pointing(['circuitbreaker', 'circuit'], 'did you mean "breaker"? Write for example breaker: { openFor: 10s }'),
  ...pointing(['ttl', 'cachettl', 'caching'], 'did you mean "cache"? Write for example cache: { ttl: 30s }'),
  ...pointing(
    ['concurrency', 'maxconcurrency', 'maxconnections', 'poolsize', 'maxinflight'],
    'did you mean "bulkhead"? Write for example bulkhead: { maxInFlight: 20 }',
  ),
  ...pointing(
    ['dependson', 'depends', 'needs', 'after'],
    'did you mean "bind"? Write for example bind: { userId: { from: user, select: id } }',
  ),
  ...pointing(
    ['transform', 'mapping', 'map', 'jmespath', 'jsonpath', 'jq', 'filter', 'fields', 'pick', 'allow', 'response'],
    'did you mean "select"? Write for example select: "{temp: main.temp}"',
  ),
  ...pointing(['deadline', 'timeoutms', 'requesttimeout'], 'did you mean "timeout"? Write for example timeout: 800ms'),
  ...pointing(['verb', 'httpmethod'], 'did you mean "method"? Write for example method: POST'),
  ...pointing(
    ['throttle', 'ratelimiting', 'qps', 'rps', 'limit'],
    'did you mean "rateLimit"? Write for example rateLimit: { max: 50, per: 1s }',
  ),
  ...pointing(['optional'], 'did you mean "required"? A source is optional unless it says required: true'),
  ...pointing(['mandatory', 'critical', 'essential'], 'did you mean "required"? Write required: true'),
  ...pointing(['data', 'payload', 'json'], 'did you mean "body"? Write for example body: { city: "{q}" }'),
  ...pointing(
    ['encoding', 'contenttype', 'responsetype', 'datatype', 'type'],
    'did you mean "format"? Write json, text or xml',
  ),
  ...pointing(
    [
      'apikey',
      'key',
      'token',
      'accesstoken',
      'bearer',
      'secret',
      'credentials',
      'password',
      'basicauth',
      'authorization',
    ],
    'keys belong in headers or values; write for example headers: { authorization: "Bearer ${API_TOKEN}" }',
  ),
  ...pointing(
    ['useragent', 'accept', 'cookie', 'cookies'],
    'did you mean "headers"? Write for example headers: { user-agent: my-app }',
  ),
  ...pointing(
    ['default', 'defaultvalue', 'defaults', 'onerror', 'onfailure'],
    'did you mean "fallback"? Write for example fallback: { articles: [] }',
  ),
  ...pointing(['name', 'title', 'label', 'summary', 'tags', 'comment'], 'did you mean "description"?'),
  ...pointing(
    ['enabled', 'disabled', 'active'],
    'a source cannot be switched off; take it out, or write hidden: true to keep it out of GET /aggregate',
  ),
  ...pointing(['urls', 'servers', 'loadbalancer'], 'did you mean "origins"?'),
  ...pointing(['ca', 'cert', 'clientcert'], 'did you mean "tls"?'),
  ...pointing(['each', 'loop', 'items', 'fanout'], 'did you mean "forEach"?'),
  ...pointing(['if', 'condition', 'unless'], 'did you mean "when"?'),
  ...pointing(['variables', 'vars', 'env'], 'did you mean "values" (fixed) or "params" (what a client may pass)?'),
}

const VIEW: Guesses = {
  ...pointing(
    ['source', 'backend', 'backends', 'upstreams', 'services', 'calls', 'requests'],
    'did you mean "sources"?',
  ),
  ...pointing(['timeout'], 'did you mean "deadline"? Write for example deadline: 1500ms'),
  ...pointing(['select', 'transform', 'response', 'output', 'mapping', 'result'], 'did you mean "shape"?'),
}

const RETRY: Guesses = pointing(
  ['retries', 'max', 'maxretries', 'count', 'times', 'limit', 'maxattempts'],
  'did you mean "attempts"? It counts the first one too: attempts: 3 is at most 2 retries',
)

const FOR_EACH: Guesses = {
  ...pointing(['parallel', 'parallelism', 'maxconcurrency'], 'did you mean "concurrency"?'),
  ...pointing(['source', 'of', 'in', 'over', 'list', 'items'], 'did you mean "from"?'),
  ...pointing(['item', 'name', 'var', 'variable'], 'did you mean "as"?'),
}

/** The message for an unknown key; null where there is no guess for it. `value` is what the user wrote under it. */
export function guess(path: Path, key: string, value: unknown): string | null {
  const plain = key.toLowerCase().replaceAll(/[-_]/g, '')
  if (SWITCHES_OFF_TLS.test(plain)) return CERTIFICATES
  if (LOGS.test(plain) && path.length <= 1) return LOG_LEVEL
  if (/^(tls|ssl|https|certificates?)$/.test(plain) && isServerOrTop(path)) return NO_TLS
  const guesses = guessesFor(path)
  const hint = Object.hasOwn(guesses, plain) ? guesses[plain] : undefined
  return hint === undefined ? elsewhere(path, key, shown(value)) : `is an unknown key; ${hint}`
}

const LOGS = /^(log|logs|logger|logging|loglevel|verbose|debug)$/
const CERTIFICATES =
  'would switch off the check of certificates, which is never possible; leave it out, and name a private CA in the environment variable NODE_EXTRA_CA_CERTS'
/** What gateways, libraries and tools call it: `insecureSkipVerify`, `strict-ssl`, `verify_tls`, `ignoreSslErrors`, ... */
const SWITCHES_OFF_TLS =
  /^verify$|rejectunauthori[sz]ed|insecure|selfsigned|invalidcert|skipverif|strictssl|serveridentity|trustall|(ssl|tls|cert|https).*(verif|valid|check|error|ignore|skip)|(verif|valid|check|ignore|disable|skip).*(ssl|tls|cert|https|peer)/

function isServerOrTop(path: Path): boolean {
  return path.length === 0 || (path.length === 1 && path[0] === 'server')
}

function guessesFor(path: Path): Guesses {
  const [top, , block] = path
  if (path.length === 0) return TOP
  if (path.length === 1) return top === 'server' ? SERVER : top === 'defaults' ? SOURCE : {}
  if (block === 'retry' || (top === 'defaults' && path[1] === 'retry')) return RETRY
  if (block === 'forEach') return FOR_EACH
  if (path.length !== 2) return {}
  return top === 'sources' ? SOURCE : top === 'views' ? VIEW : {}
}

const OWN = ['url', 'params', 'bind', 'forEach']
const OF_CACHES = ['ttl', 'staleWhileRevalidate', 'staleIfError']

/** A key that is known in another place. */
function elsewhere(path: Path, key: string, value: string): string | null {
  const [top, ...below] = path
  if (top === 'cache' && below.length === 0 && OF_CACHES.includes(key))
    return `belongs to the cache of a source, or of defaults; write defaults: { cache: { ${key}: ${value} } }`
  if (top === 'sources' && below.length === 1 && (key === 'sources' || key === 'shape'))
    return `belongs to a view; write views: { home: { ${key}: … } }`
  return top === undefined ? fromTop(key, value) : null
}

function fromTop(key: string, value: string): string | null {
  if (Object.hasOwn(serverSchema.properties, key)) return `belongs to server; write server: { ${key}: ${value} }`
  if (unsupportedKeys(['server']).includes(key)) return 'belongs to server, and is not supported yet; leave it out'
  if (OWN.includes(key)) return `belongs to a source; write sources: { weather: { ${key}: … } }`
  if (!Object.hasOwn(sharedProperties, key)) return null
  return `belongs to a source, or to defaults for all of them; write defaults: { ${key}: ${value} }`
}

/** Repeats the user's value in an example, if it cannot be a secret. */
function shown(value: unknown): string {
  const isShort = typeof value === 'string' && /^[0-9.]+(ms|s|m|h|kb|mb)?$/.test(value)
  return typeof value === 'number' || typeof value === 'boolean' || isShort ? String(value) : '…'
}

function pointing(keys: readonly string[], hint: string): Guesses {
  return Object.fromEntries(keys.map((key) => [key, hint]))
}
