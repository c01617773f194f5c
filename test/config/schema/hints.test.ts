import t from 'tap'
import { MINIMAL, oneSource, problemsOf } from '../support.ts'

/**
 * Wrong configurations that people write who know KrakenD, nginx, docker-compose or Express, and not this service. Each
 * message says what would be right, so that the file can be mended without the documentation.
 */

/** Keys of a source, and all messages about them, without `sources.a.`. */
const OF_A_SOURCE: readonly (readonly [string, string])[] = [
  ['retry: 3', 'retry (line 3): 3 must be a map, or false; write for example { attempts: 3 }'],
  ['retries: 3', 'retries (line 3): is an unknown key; did you mean "retry"? Write for example retry: { attempts: 3 }'],
  [
    'maxRetries: 3',
    'maxRetries (line 3): is an unknown key; did you mean "retry"? Write for example retry: { attempts: 3 }',
  ],
  [
    'retry: { max: 3 }',
    'retry.max (line 3): is an unknown key; did you mean "attempts"? It counts the first one too: attempts: 3 is at most 2 retries',
  ],
  ['cache: 30s', 'cache (line 3): "30s" must be a map, or false; write for example { ttl: 30s }'],
  [
    'cache: 30',
    'cache (line 3): 30 must be a map, or false; write for example { ttl: 30s, staleWhileRevalidate: 1m, staleIfError: 10m }',
  ],
  ['ttl: 30s', 'ttl (line 3): is an unknown key; did you mean "cache"? Write for example cache: { ttl: 30s }'],
  ['rateLimit: 50', 'rateLimit (line 3): 50 must be a map, or false; write for example { max: 50, per: 1s }'],
  ['rateLimit: "10/s"', 'rateLimit (line 3): "10/s" must be a map, or false; write for example { max: 50, per: 1s }'],
  ['hedge: 80ms', 'hedge (line 3): "80ms" must be a map, or false; write for example { after: 80ms }'],
  ['bulkhead: 10', 'bulkhead (line 3): 10 must be a map, or false; write for example { maxInFlight: 10 }'],
  ['breaker: 5s', 'breaker (line 3): "5s" must be a map, or false; write for example { openFor: 5s }'],
  [
    'circuitBreaker: { openFor: 5s }',
    'circuitBreaker (line 3): is an unknown key; did you mean "breaker"? Write for example breaker: { openFor: 10s }',
  ],
  ['timeout: 5000', 'timeout (line 3): 5000 has no unit; write for example 10ms, 2s or 1m'],
  ['timeout: 5 seconds', 'timeout (line 3): "5 seconds" is no duration; write for example 10ms, 2s or 1m'],
  ['timeoutMs: 500', 'timeoutMs (line 3): is an unknown key; did you mean "timeout"? Write for example timeout: 800ms'],
  [
    'params: [q]',
    'params (line 3): is a list and must be a map; write for example { q: { type: string, default: London } }',
  ],
  [
    'params: { q: string }',
    'params.q (line 3): "string" must be a map; write for example { type: string, minLength: 1, default: London }',
  ],
  [
    'params: { api-key: {} }',
    'params.api-key (line 3): the key must be a name: a letter or "_", then letters, digits and "_", 63 in all at most (RFC 6570 names hold no hyphen: write ?api-key={key}); write for example apiKey',
  ],
  [
    'query: { q: x }',
    'query (line 3): is an unknown key; did you mean "params"? Write for example params: { q: { type: string } }, and {?q} at the end of the url',
  ],
  [
    'queryParams: {}',
    'queryParams (line 3): is an unknown key; did you mean "params"? Write for example params: { q: { type: string } }, and {?q} at the end of the url',
  ],
  [
    'forEach: stories',
    'forEach (line 3): "stories" must be a map; write for example { from: stories, select: "[:10]", as: id }',
  ],
  [
    'forEach: { from: b, as: id, parallel: 4 }',
    'forEach.parallel (line 3): is an unknown key; did you mean "concurrency"?\nforEach.from (line 3): there is no source "b"',
  ],
  ['bind: user', 'bind (line 3): "user" must be a map; write for example { userId: { from: user, select: id } }'],
  ['bind: { id: user }', 'bind.id (line 3): "user" must be a map; write for example { from: user, select: id }'],
  ['bind: { id: user.id }', 'bind.id (line 3): "user.id" must be a map; write for example { from: user, select: id }'],
  [
    'bind: [user]',
    'bind (line 3): is a list and must be a map; write for example { userId: { from: user, select: id } }',
  ],
  [
    'url: "https://a.example/item/:id", params: { id: { type: string } }',
    'url (line 3): character 18: the path holds "/:name", which is sent as it is; write /{name} for a variable, or /%3Aname for the text',
  ],
  [
    'url: "https://a.example/item/{{id}}"',
    'url (line 3): character 24: a brace is opened inside an expression; write {name}',
  ],
  [
    'url: "https://a.example/item/${id}"',
    'url (line 3): the environment variable id is not set; set it, or write ${id:-default}, or {id} for a parameter',
  ],
  ['url: "a.example/items"', 'url (line 3): character 1: the URL must begin with https:// or http://'],
  ['url: "localhost:4000/x"', 'url (line 3): character 1: the URL must begin with https:// or http://'],
  [
    'path: /items',
    'path (line 3): is an unknown key; did you mean "url"? Write the whole address there, as in url: "https://api.example/weather{?q}"',
  ],
  [
    'host: ["https://a"]',
    'host (line 3): is an unknown key; did you mean "url"? Write the whole address there, as in url: "https://api.example/weather{?q}"',
  ],
  ['method: post', 'method (line 3): "post" must be GET, POST, PUT, PATCH or DELETE'],
  [
    'headers: [a]',
    'headers (line 3): the value must be a map, or false; write for example { accept-language: "{lang}" }',
  ],
  [
    'headers: "Accept: x"',
    'headers (line 3): the value must be a map, or false; write for example { accept-language: "{lang}" }',
  ],
  ['headers: { x-a: 1 }', 'headers.x-a (line 3): the value must be a string; write it in quotes'],
  [
    'forwardHeaders: ["*"]',
    'forwardHeaders (line 3): "*" is a wildcard, which is not possible; name each header, as in [authorization, accept-language]',
  ],
  [
    'forwardHeaders: ["x-*"]',
    'forwardHeaders (line 3): "x-*" is a wildcard, which is not possible; name each header, as in [authorization, accept-language]',
  ],
  ['forwardHeaders: "*"', 'forwardHeaders (line 3): "*" must be a list; write for example [authorization]'],
  [
    'auth: { basic: x }',
    'auth.basic (line 3): is an unknown key; fixed credentials belong in headers; write for example headers: { authorization: "Bearer ${API_TOKEN}" }',
  ],
  [
    'tls: { rejectUnauthorized: false }',
    'tls.rejectUnauthorized (line 3): would switch off the check of certificates, which is never possible; leave it out, and trust a private CA with tls: { ca: ca.pem }, or with the environment variable NODE_EXTRA_CA_CERTS',
  ],
  [
    'tls: { pfx: a }',
    'tls.pfx (line 3): is an unknown key; write the certificate and its key as files in PEM, as cert and key',
  ],
  ['ca: ca.pem', 'ca (line 3): is an unknown key; did you mean "tls"? Write for example tls: { ca: ca.pem }'],
  [
    'rejectUnauthorized: false',
    'rejectUnauthorized (line 3): would switch off the check of certificates, which is never possible; leave it out, and trust a private CA with tls: { ca: ca.pem }, or with the environment variable NODE_EXTRA_CA_CERTS',
  ],
  [
    'insecure_skip_verify: true',
    'insecure_skip_verify (line 3): would switch off the check of certificates, which is never possible; leave it out, and trust a private CA with tls: { ca: ca.pem }, or with the environment variable NODE_EXTRA_CA_CERTS',
  ],
  [
    'strictSSL: false',
    'strictSSL (line 3): would switch off the check of certificates, which is never possible; leave it out, and trust a private CA with tls: { ca: ca.pem }, or with the environment variable NODE_EXTRA_CA_CERTS',
  ],
  [
    'verify: false',
    'verify (line 3): would switch off the check of certificates, which is never possible; leave it out, and trust a private CA with tls: { ca: ca.pem }, or with the environment variable NODE_EXTRA_CA_CERTS',
  ],
  [
    'optional: true',
    'optional (line 3): is an unknown key; did you mean "required"? A source is optional unless it says required: true',
  ],
  [
    'transform: x',
    'transform (line 3): is an unknown key; did you mean "select"? Write for example select: "{temp: main.temp}"',
  ],
  ['select: "{"', 'select (line 3): is no valid JMESPath: it ends too early'],
  [
    'dependsOn: [b]',
    'dependsOn (line 3): is an unknown key; did you mean "bind"? Write for example bind: { userId: { from: user, select: id } }',
  ],
  ['fallback_value: 1', 'fallback_value (line 3): is an unknown key; did you mean "fallback"?'],
  ['maxBytes: 1000', 'maxBytes (line 3): 1000 has no unit; write for example 512b, 64kb or 1mb'],
  ['maxBytes: 1MB', 'maxBytes (line 3): "1MB" is no size; write for example 512b, 64kb or 1mb'],
  [
    'apiKey: hunter2',
    'apiKey (line 3): is an unknown key; keys belong in headers or values; write for example headers: { authorization: "Bearer ${API_TOKEN}" }',
  ],
  ['name: Weather', 'name (line 3): is an unknown key; did you mean "description"?'],
  [
    'enabled: false',
    'enabled (line 3): is an unknown key; a source cannot be switched off; take it out, or write hidden: true to keep it out of GET /aggregate',
  ],
  [
    'default: {}',
    'default (line 3): is an unknown key; did you mean "fallback"? Write for example fallback: { articles: [] }',
  ],
  ['if: x', 'if (line 3): is an unknown key; did you mean "when"? Write for example when: "claims.plan == \'pro\'"'],
  ['type: json', 'type (line 3): is an unknown key; did you mean "format"? Write json, text or xml'],
  ['gibberish: 1', 'gibberish (line 3): is an unknown key; docs/configuration.md lists all keys'],
  [
    'url: "https://a.example/item/<id>"',
    'url (line 3): character 24: "<" cannot stand in a URL; write {name} for a variable, or %3C for the text',
  ],
  [
    'url: "https://a.example/item/[id]"',
    'url (line 3): character 18: the path holds "/[name]", which is sent as it is; write /{name} for a variable, or /%5Bname%5D for the text',
  ],
  [
    'url: "https://a.example/{itm}{?item}", params: { item: {} }',
    'url (line 3): the variable "itm" is provided by nothing; did you mean {item}? Else add it to params, values or bind',
  ],
  [
    'url: "https://a.example/{?item}", params: { item: {} }, headers: { x-a: "a {itm}" }',
    'headers.x-a (line 3): the placeholder {itm} is provided by nothing; did you mean {item}? Else add it to params, values or bind, or write {{…}} where the braces are only text',
  ],
  ['schema: []', 'schema (line 3): is a list and must be a map; write for example { type: object }'],
  [
    'params:',
    'params (line 3): has no value and must be a map; write for example { q: { type: string, default: London } }',
  ],
  [
    'bind: { t: { from: claims, select: x } }',
    "bind.t (line 3): is used nowhere; add {?t} to the url, or {t} to a header or the body\nbind.t.from (line 3): claims are those of a client's token, which server.auth.jwt must verify; write server: { auth: { jwt: … } }, or name a source",
  ],
]

for (const [keys, said] of OF_A_SOURCE)
  t.test(keys, async (t) => {
    const text = oneSource(keys)
    t.equal(problemsOf(text).join('\n').replaceAll('sources.a.', ''), said)
  })

/** Whole files; those without sources get one on their last line. */
const FILES: readonly (readonly [string, string])[] = [
  [
    'services: { weather: { url: "https://a/" } }',
    'sources: is missing; write for example { weather: { url: "https://api.example/weather{?q}" } }\nservices (line 1): is an unknown key; did you mean "sources"?',
  ],
  ['upstreams: []', 'upstreams (line 1): is an unknown key; did you mean "sources"?'],
  ['backends: {}', 'backends (line 1): is an unknown key; did you mean "sources"?'],
  [
    'endpoints: [{ endpoint: /a, backend: [] }]',
    'endpoints (line 1): is an unknown key; did you mean "sources" (the APIs that are called) or "views" (what clients ask for)?',
  ],
  [
    'routes: []',
    'routes (line 1): is an unknown key; did you mean "sources" (the APIs that are called) or "views" (what clients ask for)?',
  ],
  ['version: "3"', 'version (line 1): is an unknown key; there is no version of the format; leave it out'],
  ['port: 8080', 'port (line 1): belongs to server; write server: { port: 8080 }'],
  ['host: 0.0.0.0', 'host (line 1): belongs to server; write server: { host: 0.0.0.0 }'],
  ['cors: { origins: ["*"] }', 'cors (line 1): belongs to server; write server: { cors: … }'],
  [
    'logLevel: debug',
    'logLevel (line 1): is set by the environment variable LOG_LEVEL, as in LOG_LEVEL=debug npm start; leave it out',
  ],
  [
    'log_level: debug',
    'log_level (line 1): is set by the environment variable LOG_LEVEL, as in LOG_LEVEL=debug npm start; leave it out',
  ],
  [
    'logging: { level: debug }',
    'logging (line 1): is set by the environment variable LOG_LEVEL, as in LOG_LEVEL=debug npm start; leave it out',
  ],
  [
    'server: { logLevel: debug }',
    'server.logLevel (line 1): is set by the environment variable LOG_LEVEL, as in LOG_LEVEL=debug npm start; leave it out',
  ],
  [
    'timeout: 2s',
    'timeout (line 1): belongs to a source, or to defaults for all of them; write defaults: { timeout: 2s }',
  ],
  [
    'retry: { attempts: 3 }',
    'retry (line 1): belongs to a source, or to defaults for all of them; write defaults: { retry: … }',
  ],
  [
    'headers: {}',
    'headers (line 1): belongs to a source, or to defaults for all of them; write defaults: { headers: … }',
  ],
  [
    'cache: { ttl: 30s }',
    'cache.ttl (line 1): belongs to the cache of a source, or of defaults; write defaults: { cache: { ttl: 30s } }',
  ],
  ['cache: 30s', 'cache (line 1): "30s" must be a map; write for example { maxBytes: 256mb }'],
  ['deadline: 2s', 'deadline (line 1): "2s" must be a map; write for example { default: 2s }'],
  ['deadline: 2000', 'deadline (line 1): 2000 must be a map; write for example { default: 1500ms }'],
  [
    'server: { timeout: 2s }',
    'server.timeout (line 1): is an unknown key; write for example deadline: { default: 2s } at the top of the file',
  ],
  [
    'server: { tls: {} }',
    'server.tls (line 1): is not supported: this service listens on plain HTTP; put a proxy that ends TLS before it',
  ],
  [
    'tls: {}',
    'tls (line 1): is not supported: this service listens on plain HTTP; put a proxy that ends TLS before it',
  ],
  ['server: 8080', 'server (line 1): 8080 must be a map; write for example { port: 8080 }'],
  [
    'server: { listen: 8080 }',
    'server.listen (line 1): is an unknown key; did you mean "host" or "port"? Write for example host: 0.0.0.0 and port: 8080',
  ],
  [
    'sources: [{ url: "https://a/" }]',
    'sources (line 1): is a list and must be a map; write for example { weather: { url: "https://api.example/weather{?q}" } }',
  ],
  [
    'sources: { weather: "https://a.example/?key=hunter2" }',
    'sources.weather (line 1): the value must be a map; write for example { url: "https://api.example/weather{?q}" }',
  ],
  [
    'sources: "https://a.example/?key=hunter2"',
    'sources (line 1): the value must be a map; write for example { weather: { url: "https://api.example/weather{?q}" } }',
  ],
  [
    'sources: { my-source: { url: "https://a/" } }',
    'sources.my-source (line 1): the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params"); write for example mySource',
  ],
  [
    'sources: { "weather api": { url: "https://a/" } }',
    'sources["weather api"] (line 1): the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params"); write for example weatherApi',
  ],
  [
    'sources: { 2gis: { url: "https://a/" } }',
    'sources.2gis (line 1): the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params"); write for example gis',
  ],
  [
    'sources: { claims: { url: "https://a/" } }',
    'sources.claims (line 1): the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params")',
  ],
  [
    'sources: { größe: { url: "https://a/" } }',
    'sources["größe"] (line 1): the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params"); write for example grosse',
  ],
  ['gateways: []', 'gateways (line 1): is an unknown key; did you mean "sources"?'],
  ['plugins: []', 'plugins (line 1): is an unknown key; there are no plugins; leave it out'],
  ['env: {}', 'env (line 1): is an unknown key; write ${NAME} where a value belongs'],
  ['include: a.yaml', 'include (line 1): is an unknown key; a configuration is one file; write all in it'],
  ['health: {}', 'health (line 1): is an unknown key; GET /health/live and /health/ready are always there'],
  [
    '$schema: ./config.schema.json',
    '["$schema"] (line 1): is an unknown key; it is for editors; in YAML, write the comment # yaml-language-server: $schema=config.schema.json',
  ],
  ['server: { host: "*" }', 'server.host (line 1): "*" is no address; write 0.0.0.0 to listen on all of them'],
  [
    'server: { host: "http://localhost" }',
    'server.host (line 1): "http://localhost" must be a host name or address, without scheme, port or path',
  ],
  [
    'server: { host: "0.0.0.0:8080" }',
    'server.host (line 1): "0.0.0.0:8080" holds a port; write the port under server.port',
  ],
  [
    'server: { host: "localhost:3000" }',
    'server.host (line 1): "localhost:3000" holds a port; write the port under server.port',
  ],
  [
    'server: { host: "256.1.1.1" }',
    'server.host (line 1): "256.1.1.1" is no valid address; write for example 127.0.0.1, 0.0.0.0 or ::1',
  ],
  ['server: { host: "" }', 'server.host (line 1): "" must be a host name or address, without scheme, port or path'],
  ['server: { host: "[::1]" }', 'server.host (line 1): "[::1]" has brackets; write the IPv6 address without them'],
  ['server: { port: "8080" }', 'server.port (line 1): "8080" must be a whole number; write it without quotes'],
  [
    'source: { a: { url: "https://a/" } }',
    'sources: is missing; write for example { weather: { url: "https://api.example/weather{?q}" } }\nsource (line 1): is an unknown key; did you mean "sources"?',
  ],
]

for (const [file, said] of FILES)
  t.test(file, async (t) => {
    const text = /^(services|sources?):/.test(file) ? file : `${file}\n${MINIMAL}`
    t.equal(problemsOf(text).join('\n'), said)
  })

const VIEWS: readonly (readonly [string, string])[] = [
  [
    'views: [{ name: home }]',
    'views (line 2): is a list and must be a map; write for example { home: { sources: [weather] } }',
  ],
  [
    'views: { home: [a] }',
    'views.home (line 2): is a list and must be a map; write for example { sources: [weather, news] }',
  ],
  ['views: { home: a }', 'views.home (line 2): "a" must be a map; write for example { sources: [weather, news] }'],
  [
    'views: { home: { sources: a } }',
    'views.home.sources (line 2): "a" must be a list of source ids, or a map; write for example [weather, news]',
  ],
  [
    'views: { home-page: { sources: [a] } }',
    'views.home-page (line 2): the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params"); write for example homePage',
  ],
  [
    'views: { home: { backends: [a] } }',
    'views.home.sources (line 2): is missing; write for example [weather, news]\nviews.home.backends (line 2): is an unknown key; did you mean "sources"?',
  ],
  [
    'views: { home: { url: /home, sources: [a] } }',
    'views.home.url (line 2): is an unknown key; did you mean "path"? Write for example path: /v1/cities/{q}/home',
  ],
  [
    'views: { home: { sources: [a], timeout: 2s } }',
    'views.home.timeout (line 2): is an unknown key; did you mean "deadline"? Write for example deadline: 1500ms',
  ],
  [
    'views: { home: { sources: [a], select: x } }',
    'views.home.select (line 2): is an unknown key; did you mean "shape"?',
  ],
]

for (const [views, said] of VIEWS)
  t.test(views, async (t) => {
    t.equal(problemsOf(`${MINIMAL}\n${views}`).join('\n'), said)
  })

t.test('environment variables cannot disable certificate checks', async (t) => {
  t.same(problemsOf(MINIMAL, { NODE_TLS_REJECT_UNAUTHORIZED: '0' }), [
    'NODE_TLS_REJECT_UNAUTHORIZED: would switch off the check of certificates, which is never possible; unset the environment variable, and name a private CA in NODE_EXTRA_CA_CERTS',
  ])
  t.match(problemsOf(MINIMAL, { HOST: '0.0.0.0:80' }), [/^HOST: "0\.0\.0\.0:80" holds a port/])
})

t.test('no message contains a URL that was written instead of a source', async (t) => {
  for (const text of ['sources: { a: "https://a/?key=hunter2" }', 'sources: "https://a/?key=hunter2"'])
    t.notMatch(problemsOf(text).join(), /hunter2/)
})
