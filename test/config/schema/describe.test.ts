import t from 'tap'
import { MINIMAL, oneSource, problemsOf } from '../support.ts'

t.test('unknown keys are errors, with the nearest known key', async (t) => {
  t.same(problemsOf(oneSource('timeot: 1s')), ['sources.a.timeot (line 3): is an unknown key; did you mean "timeout"?'])
  t.same(problemsOf(oneSource('max_bytes: 1mb')), [
    'sources.a.max_bytes (line 3): is an unknown key; did you mean "maxBytes"?',
  ])
  t.same(problemsOf(oneSource('HIDDEN: true')), [
    'sources.a.HIDDEN (line 3): is an unknown key; did you mean "hidden"?',
  ])
  t.same(problemsOf(oneSource('bulkhead: { maxQeue: 1 }')), [
    'sources.a.bulkhead.maxQeue (line 3): is an unknown key; did you mean "maxQueue"?',
  ])
  t.same(problemsOf(oneSource('', 'timeot: 1s')), [
    'defaults.timeot (line 1): is an unknown key; did you mean "timeout"?',
  ])
  t.same(problemsOf(`server: { prt: 1 }\n${MINIMAL}`), ['server.prt (line 1): is an unknown key; did you mean "port"?'])
  t.same(problemsOf(`deadline: { maximum: 1s }\n${MINIMAL}`), [
    'deadline.maximum (line 1): is an unknown key; known are default, max, reserve',
  ])
  t.same(problemsOf(`source: {}\n${MINIMAL}`), ['source (line 1): is an unknown key; did you mean "sources"?'])
  t.same(problemsOf(`${MINIMAL}\nviews: { v: { sources: { a: { param: {} } } } }`), [
    'views.v.sources.a.param (line 2): is an unknown key; did you mean "params"?',
  ])
  t.same(problemsOf(`${MINIMAL}\nviews: { v: { source: [a] } }`), [
    'views.v.sources (line 2): is missing; write for example [weather, news]',
    'views.v.source (line 2): is an unknown key; did you mean "sources"?',
  ])
})

t.test('a misspelt name is recognized', async (t) => {
  t.same(problemsOf(`server: { operationPort: 1 }\n${MINIMAL}`), [
    'server.operationPort (line 1): is an unknown key; did you mean "operationsPort"?',
  ])
})

t.test('a value outside an enumeration', async (t) => {
  t.same(problemsOf(oneSource('method: HEAD')), [
    'sources.a.method (line 3): "HEAD" must be GET, POST, PUT, PATCH or DELETE',
  ])
  t.same(problemsOf(oneSource('method: get')), [
    'sources.a.method (line 3): "get" must be GET, POST, PUT, PATCH or DELETE',
  ])
  t.same(problemsOf(oneSource('', 'format: csv')), ['defaults.format (line 1): "csv" must be json, text or xml'])
  t.same(problemsOf(oneSource('format: null')), [
    'sources.a.format (line 3): has no value and must be json, text or xml',
  ])
})

t.test('keys of a single source are refused in defaults', async (t) => {
  t.same(problemsOf(oneSource('', 'url: "https://a/", params: {}, bind: {}, forEach: {}')), [
    'defaults.url (line 1): belongs to each source, not to defaults',
    'defaults.params (line 1): belongs to each source, not to defaults',
    'defaults.bind (line 1): belongs to each source, not to defaults',
    'defaults.forEach (line 1): belongs to each source, not to defaults',
  ])
})

t.test('ids', async (t) => {
  const rule =
    'the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params")'
  for (const [id, spelling] of [
    ['news-api', 'newsApi'],
    ['1a', 'a'],
    ['_a', 'a'],
    ['a.b', 'aB'],
    ['', null],
    ['ü', 'u'],
    ['a'.repeat(64), 'a'.repeat(63)],
    ['claims', null],
    ['params', null],
  ] as const) {
    const [problem = '', ...others] = problemsOf(
      `sources: { "${id}": { url: "https://a/" }, ok: { url: "https://a/" } }`,
    )
    t.ok(problem.endsWith(`: ${rule}${spelling === null ? '' : `; write for example ${spelling}`}`), problem)
    t.same(others, [])
  }
  t.same(problemsOf(`sources: { ${'a'.repeat(63)}: { url: "https://a/" }, A_1b: { url: "https://a/" } }`), [])
  t.same(problemsOf(`${MINIMAL}\nviews: { my-view: { sources: [a] } }`), [
    `views.my-view (line 2): ${rule}; write for example myView`,
  ])
  t.same(problemsOf(`${MINIMAL}\nviews: { v: { sources: { A: { source: a } } } }`), [])
})

t.test('names of parameters and values', async (t) => {
  const url = 'url: "https://a.example/"'
  for (const name of ['api-key', '1a', 'a.b', 'ü', 'a'.repeat(64)]) {
    t.match(
      problemsOf(oneSource(`${url}, params: { "${name}": {} }`)),
      [/the key must be a name: .*\?api-key=\{key\}/],
      name,
    )
  }
  t.match(problemsOf(oneSource(`${url}, values: { api-key: x }`)), [/^sources\.a\.values\.api-key .* must be a name/])
})

/** Checks that this is the only message; it may have an example, which newcomer.test.ts checks. */
function isSaid([said = '', ...others]: readonly string[], problem: string): boolean {
  return others.length === 0 && (said === problem || said.startsWith(`${problem}; write `))
}

t.test('types', async (t) => {
  const wrong: Record<string, string> = {
    'url: 1': 'sources.a.url (line 3): the value must be a string',
    'required: 1': 'sources.a.required (line 3): 1 must be true or false',
    'timeout: {}': 'sources.a.timeout (line 3): is a map and must be a string with a unit, such as 10ms or 1mb',
    'bulkhead: true': 'sources.a.bulkhead (line 3): true must be a map, or false',
    'bulkhead: 3': 'sources.a.bulkhead (line 3): 3 must be a map, or false',
    'bulkhead: { maxInFlight: 0 }': 'sources.a.bulkhead.maxInFlight (line 3): 0 must be at least 1',
    'bulkhead: { maxQueue: 1.5 }': 'sources.a.bulkhead.maxQueue (line 3): 1.5 must be a whole number',
    'idempotent: 1': 'sources.a.idempotent (line 3): 1 must be true or false',
    'retry: 3': 'sources.a.retry (line 3): 3 must be a map, or false',
    'retry: { attempts: 0 }': 'sources.a.retry.attempts (line 3): 0 must be at least 1',
    'retry: { attempts: 6 }': 'sources.a.retry.attempts (line 3): 6 must be at most 5',
    'retry: { attempts: 1.5 }': 'sources.a.retry.attempts (line 3): 1.5 must be a whole number',
    'retry: { baseDelay: 5 }': 'sources.a.retry.baseDelay (line 3): 5 has no unit; write for example 10ms, 2s or 1m',
    'retry: { maxDelay: soon }':
      'sources.a.retry.maxDelay (line 3): "soon" is no duration; write for example 10ms, 2s or 1m',
    'retry: { minTime: 5 }': 'sources.a.retry.minTime (line 3): 5 has no unit; write for example 10ms, 2s or 1m',
    'retry: { retries: 1 }':
      'sources.a.retry.retries (line 3): is an unknown key; did you mean "attempts"? It counts the first one too: attempts: 3 is at most 2 retries',
    'retry: { budget: true }': 'sources.a.retry.budget (line 3): true must be a map, or false',
    'retry: { budget: { ratio: 20 } }': 'sources.a.retry.budget.ratio (line 3): 20 must be at most 1',
    'retry: { budget: { ratio: -1 } }': 'sources.a.retry.budget.ratio (line 3): -1 must be at least 0',
    'retry: { budget: { minPerSecond: -1 } }': 'sources.a.retry.budget.minPerSecond (line 3): -1 must be at least 0',
    'retry: { budget: { minPerSecond: .inf } }': 'sources.a.retry.budget.minPerSecond (line 3): null must be a number',
    'retry: { budget: { minPerSec: 1 } }':
      'sources.a.retry.budget.minPerSec (line 3): is an unknown key; did you mean "minPerSecond"?',
    'breaker: true': 'sources.a.breaker (line 3): true must be a map, or false',
    'breaker: { window: 0 }': 'sources.a.breaker.window (line 3): 0 must be above 0',
    'breaker: { minCalls: 0 }': 'sources.a.breaker.minCalls (line 3): 0 must be at least 1',
    'breaker: { failureRate: 0 }': 'sources.a.breaker.failureRate (line 3): 0 must be above 0',
    'breaker: { failureRate: 50 }': 'sources.a.breaker.failureRate (line 3): 50 must be at most 1',
    'breaker: { openFor: 0 }': 'sources.a.breaker.openFor (line 3): 0 must be above 0',
    'breaker: { slowAfter: 0 }': 'sources.a.breaker.slowAfter (line 3): 0 must be above 0',
    'breaker: { slowAfter: 1s, slowRate: "1" }': 'sources.a.breaker.slowRate (line 3): "1" must be a number',
    'hedge: true': 'sources.a.hedge (line 3): true must be a map, or false',
    'hedge: { after: 0 }': 'sources.a.hedge.after (line 3): 0 must be above 0',
    'hedge: { maxExtraLoad: 0 }': 'sources.a.hedge.maxExtraLoad (line 3): 0 must be above 0',
    'hedge: { maxExtraLoad: 0.6 }': 'sources.a.hedge.maxExtraLoad (line 3): 0.6 must be at most 0.5',
    'rateLimit: 50': 'sources.a.rateLimit (line 3): 50 must be a map, or false',
    'rateLimit: { max: 0, per: 1s }': 'sources.a.rateLimit.max (line 3): 0 must be at least 1',
    'rateLimit: { max: 1000001, per: 1s }': 'sources.a.rateLimit.max (line 3): 1000001 must be at most 1000000',
    'rateLimit: { max: 5, per: 0 }': 'sources.a.rateLimit.per (line 3): 0 must be above 0',
    'cache: 30s': 'sources.a.cache (line 3): "30s" must be a map, or false',
    'cache: { ttl: 30 }': 'sources.a.cache.ttl (line 3): 30 has no unit; write for example 10ms, 2s or 1m',
    'cache: { ttl: 1s, staleIfError: true }':
      'sources.a.cache.staleIfError (line 3): true must be a string with a unit, such as 10ms or 1mb',
    'redirects: 11': 'sources.a.redirects (line 3): 11 must be at most 10',
    'redirects: true': 'sources.a.redirects (line 3): true must be a whole number',
    'denyPrivateAddresses: 1': 'sources.a.denyPrivateAddresses (line 3): 1 must be true or false',
    'deadlineHeader: false': 'sources.a.deadlineHeader (line 3): false must be a string',
    'headers: [a]': 'sources.a.headers (line 3): the value must be a map, or false',
    'headers: { a: 1 }': 'sources.a.headers.a (line 3): the value must be a string',
    'forwardHeaders: a': 'sources.a.forwardHeaders (line 3): "a" must be a list',
    'values: { x: null }':
      'sources.a.values.x (line 3): the value must be a string, a number, true or false, or a list or map of these',
    'values: { x: [[1]] }': 'sources.a.values.x[0] (line 3): the value must be a string, a number, true or false',
    'params: { x: 1 }': 'sources.a.params.x (line 3): 1 must be a map',
    'params: { x: { required: 1 } }': 'sources.a.params.x.required (line 3): 1 must be true or false',
    'emptyStatuses: [200]': 'sources.a.emptyStatuses[0] (line 3): 200 must be at least 300',
    'emptyStatuses: [404, 600]': 'sources.a.emptyStatuses[1] (line 3): 600 must be at most 599',
    'schema: true': 'sources.a.schema (line 3): true must be a map',
    'select: 1': 'sources.a.select (line 3): 1 must be a string',
    'bind: [x]': 'sources.a.bind (line 3): is a list and must be a map',
    'bind: { x: user }': 'sources.a.bind.x (line 3): "user" must be a map',
    'bind: { x: {} }': 'sources.a.bind.x.from (line 3): is missing; write for example user',
    'bind: { x: { from: 1 } }': 'sources.a.bind.x.from (line 3): 1 must be a string',
    'forEach: b': 'sources.a.forEach (line 3): "b" must be a map',
    'forEach: { as: id }':
      'sources.a.forEach (line 3): needs a list; write from with the id of a source, or param with the name of a list parameter',
    'forEach: { from: a }': 'sources.a.forEach.as (line 3): is missing; write for example id',
    'description: [a]': 'sources.a.description (line 3): is a list and must be a string',
  }
  for (const [keys, problem] of Object.entries(wrong)) t.ok(isSaid(problemsOf(oneSource(keys)), problem), keys)
})

t.test('types of the other keys', async (t) => {
  const wrong: Record<string, string> = {
    'server: { port: 65536 }': 'server.port (line 2): 65536 must be at most 65535',
    'server: { port: -1 }': 'server.port (line 2): -1 must be at least 0',
    'server: { host: "a b" }':
      'server.host (line 2): "a b" must be a host name or address, without scheme, port or path',
    'server: { maxInFlight: 0 }': 'server.maxInFlight (line 2): 0 must be at least 1',
    'server: { trustProxy: {} }':
      'server.trustProxy (line 2): is a map and must be true, false, a number of hops, an address or CIDR range, or a list of these',
    'server: { trustProxy: nobody }':
      'server.trustProxy (line 2): "nobody" must be true, false, a number of hops, an address or CIDR range, or a list of these',
    'server: { trustProxy: -1 }': 'server.trustProxy (line 2): -1 must be at least 0',
    'server: { trustProxy: [] }': 'server.trustProxy (line 2): is empty; write at least one',
    'server: 1': 'server (line 2): 1 must be a map',
    'cache: false': 'cache (line 2): false must be a map',
    'cache: { maxBytes: 0 }': 'cache.maxBytes (line 2): 0 must be above 0',
    'cache: { maxBytes: 1000 }': 'cache.maxBytes (line 2): 1000 has no unit; write for example 512b, 64kb or 1mb',
    'cache: { ttl: 1s }':
      'cache.ttl (line 2): belongs to the cache of a source, or of defaults; write defaults: { cache: { ttl: 1s } }',
    'deadline: { default: 0 }': 'deadline.default (line 2): 0 must be above 0',
    'views: []': 'views (line 2): is a list and must be a map',
    'views: { v: { sources: a } }': 'views.v.sources (line 2): "a" must be a list of source ids, or a map',
    'views: { v: { sources: [] } }': 'views.v.sources (line 2): is empty; write at least one',
    'views: { v: { sources: {} } }': 'views.v.sources (line 2): is empty; write at least one',
    'views: { v: { sources: [a], shape: 1 } }':
      'views.v.shape (line 2): 1 must be a JMESPath expression, or a map of name: expression',
    'views: { v: { sources: [a], shape: {} } }': 'views.v.shape (line 2): is empty; write at least one',
    'views: { v: { sources: [a], shape: { x: 1 } } }': 'views.v.shape.x (line 2): 1 must be a JMESPath expression',
    'views: { v: { sources: [a], shape: { x-y: a } } }':
      'views.v.shape.x-y (line 2): the key must be an id: a letter, then letters, digits and "_", 63 in all at most (and neither "claims" nor "params")',
    'views: { v: { sources: { a: } } }':
      'views.v.sources.a (line 2): has no value and must be a map; {} takes the source of that name as it is',
  }
  for (const [keys, problem] of Object.entries(wrong)) t.ok(isSaid(problemsOf(`${MINIMAL}\n${keys}`), problem), keys)
})

t.test('missing keys', async (t) => {
  t.match(problemsOf('server: {}'), [/^sources: is missing; write for example \{ weather:/])
  t.match(problemsOf('sources: { a: {} }'), [/^sources\.a\.url \(line 1\): is missing; write for example "https:/])
})

t.test('all problems at once in the order of the file, from the schema and from later checks', async (t) => {
  const text = `
server: { port: x }
sources:
  a: { url: "https://a.example/{x}", timeout: 1, nonsense: 1 }
  b: 5
  c: { url: "https://c.example/{y}" }
views:
  v: { sources: [d, b, c], deadline: 1m }
`
  t.same(problemsOf(text), [
    'server.port (line 2): "x" must be a whole number',
    'sources.a.nonsense (line 4): is an unknown key; docs/configuration.md lists all keys',
    'sources.a.timeout (line 4): 1 has no unit; write for example 10ms, 2s or 1m',
    'sources.a.url (line 4): the variable "x" is provided by nothing; add it to params, values or bind',
    'sources.b (line 5): 5 must be a map; write for example { url: "https://api.example/weather{?q}" }',
    'sources.c.url (line 6): the variable "y" is provided by nothing; add it to params, values or bind',
    'views.v.deadline (line 8): 1m is above deadline.max, which is 10s; write at most that',
    'views.v.sources[0] (line 8): there is no source "d"; known are a, c',
  ])
})
