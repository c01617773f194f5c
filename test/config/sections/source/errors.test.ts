import t from 'tap'
import { SECURITY_HEADERS } from '../../../../src/http/security-headers.ts'
import { oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const at = (key: string) => `sources.a.${key} (line 3): `

t.test('failWhen', async (t) => {
  t.equal(sourceOf('').failWhen, null)
  t.equal(
    sourceOf('failWhen: errors')
      .failWhen?.({ errors: [1] })
      ?.toString(),
    '1',
  )
  t.equal(sourceOf('', {}, 'failWhen: errors').failWhen?.text, 'errors', 'from defaults')
  t.equal(sourceOf('failWhen: error', {}, 'failWhen: errors').failWhen?.text, 'error')
  t.same(problemsOf(oneSource('failWhen: "status =="')), [`${at('failWhen')}is no valid JMESPath: it ends too early`])
  t.same(problemsOf(oneSource('failWhen: true')), [`${at('failWhen')}true must be a string; write it in quotes`])
  t.same(problemsOf(oneSource('', 'failWhen: "["')), [
    'defaults.failWhen (line 1): is no valid JMESPath: it ends too early',
  ])
  t.match(problemsOf(oneSource('errorIf: errors')), [/did you mean "failWhen"\? Write for example failWhen/])
})

t.test('errorDetails', async (t) => {
  t.equal(sourceOf('').errorDetails, null)
  t.same(sourceOf('errorDetails: "{reason: error.code}"').errorDetails?.({ error: { code: 1 } }), { reason: 1 })
  t.equal(sourceOf('', {}, 'errorDetails: error').errorDetails?.text, 'error', 'from defaults')
  t.same(problemsOf(oneSource('errorDetails: "{reason:"')), [
    `${at('errorDetails')}is no valid JMESPath: it ends too early`,
  ])
  t.match(problemsOf(oneSource('errorDetails: { reason: error }')), [/must be a string/])
  t.match(problemsOf(oneSource('errorBody: error')), [/did you mean "errorDetails"\? Write for example errorDetails/])
})

t.test('passStatus', async (t) => {
  const view = 'views: { v: { sources: [a] } }\n'
  const refused = (keys: string, defaults = '') => problemsOf(oneSource(keys, defaults) + view)
  t.same(sourceOf('').passStatus, [])
  t.same(sourceOf('passStatus: [404, 409, 404]').passStatus, [404, 409])
  t.same(refused('passStatus: [404, 405, 408, 426]'), [
    ...[405, 408, 426].map(
      (status) => `${at('passStatus')}${status} would speak of the client's own request or connection; leave it out`,
    ),
  ])
  t.match(refused('passStatus: [500]'), [/passStatus.*500 must be at most 499/])
  t.match(refused('passStatus: 404'), [/must be a list/])
  const both = `${at('passStatus')}404 is also in emptyStatuses, so that it is no failure; leave one out`
  t.same(refused('passStatus: [403, 404], emptyStatuses: [404]'), [both])
  t.match(refused('emptyStatuses: [404]', 'passStatus: [404]'), [/^defaults\.passStatus.*leave one out$/])
})

t.test('passStatus of a source that no view asks', async (t) => {
  const none = `${at('passStatus')}has no effect: only answers of views pass a status on, and no view asks a`
  t.same(warningsOf(oneSource('passStatus: [404]')), [none])
  t.same(warningsOf(oneSource('', 'passStatus: [404]')), [], 'defaults are for all')
  t.same(warningsOf(`${oneSource('passStatus: [404]')}views: { v: { sources: [a] } }`), [])
  const other = '  b: { url: "https://b.example/{?x}", bind: { x: { from: a, select: x } } }\n'
  t.same(warningsOf(`${oneSource('passStatus: [404]')}${other}views: { v: { sources: [b] } }`), [], 'b needs a')
})

t.test('exposeHeaders', async (t) => {
  t.same(sourceOf('').exposeHeaders, [])
  t.same(sourceOf('exposeHeaders: [X-Total-Count, set-cookie, x-total-count, Link]').exposeHeaders, [
    ...['x-total-count', 'set-cookie', 'link'],
  ])
  const refused = (name: string) => problemsOf(oneSource(`exposeHeaders: ["${name}"]`))
  const ours = ['X-Request-Id', 'Aggregate-Partial', 'Server-Timing', 'Retry-After', 'Preference-Applied', 'ETag']
  for (const name of [
    ...Object.keys(SECURITY_HEADERS),
    ...[...ours, 'WWW-Authenticate', 'Allow', 'Vary', 'Cache-Control', 'Date', 'Location', 'Refresh', 'Age', 'Expires'],
    ...['Connection', 'Transfer-Encoding', 'Content-Type', 'Content-Encoding', 'Content-Length', 'Set-Cookie2'],
    ...['Access-Control-Allow-Origin', 'Timing-Allow-Origin', 'Clear-Site-Data', 'Strict-Transport-Security'],
    ...['X-Accel-Redirect', 'X-Sendfile', 'Proxy-Authenticate', 'Alt-Svc', 'CDN-Cache-Control', 'Upgrade', 'NEL'],
  ]) {
    const [problem = '', ...more] = refused(name)
    t.same(more, [], name)
    t.match(
      problem,
      /^sources\.a\.exposeHeaders \(line 3\): ".*" (is|would) .*; (leave it out|write server\.cors)|instead$/,
    )
    t.ok(problem.includes(`"${name.toLowerCase()}"`), problem)
  }
  t.same(refused('content-type'), [
    `${at('exposeHeaders')}"content-type" is about the body of the source, not about that of this answer; leave it out`,
  ])
  t.match(refused('x-*'), [/is a wildcard, which is not possible; name each header/])
  t.same(refused('x y'), [`${at('exposeHeaders')}an item is no valid header name; it holds letters, digits and "-"`])
  t.same(problemsOf(oneSource('exposeHeaders: [link], cache: { ttl: 1s }')), [
    `${at('exposeHeaders')}goes with no cache, because cached data has no headers; leave one out`,
  ])
  t.same(problemsOf(oneSource('exposeHeaders: [link], cache: false', 'cache: { ttl: 1s }')), [])
  const each = 'url: "https://a.example/{x}", forEach: { from: b, as: x }, exposeHeaders: [link]'
  t.same(problemsOf(`${oneSource(each)}  b: { url: "https://b.example/" }\n`), [
    `${at('exposeHeaders')}goes with no forEach, because each item has headers of its own; leave one out`,
  ])
})

t.test('double quotes, where a text is meant, name a member', async (t) => {
  const says = `${at('failWhen')}compares with a member named "error"; for a text, write 'error'`
  t.same(warningsOf(oneSource(`failWhen: 'status == "error"'`)), [says])
  t.same(warningsOf(oneSource(`failWhen: 'status != "error"'`)), [says])
  t.same(warningsOf(oneSource(`failWhen: "status == 'error'"`)), [])
  t.same(warningsOf(oneSource(`failWhen: '"status" == \`1\`'`)), [])
  t.same(warningsOf(oneSource(`failWhen: '\${F}'`), { F: 'status == "error"' }), [], 'it is not shown')
})
