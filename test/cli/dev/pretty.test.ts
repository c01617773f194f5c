import t from 'tap'
import { prettyLine } from '../../../src/cli/dev/pretty.ts'

/** A line of the log as it is printed, without its time and colours. */
function printed(log: object | string): string {
  const line = prettyLine(typeof log === 'string' ? log : JSON.stringify(log))
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal takes for colours
  return line.replaceAll(/\u001b\[\d+m/g, '').replace(/^\[[\d:.]+\] /, '')
}

const REQUEST = { reqId: '8f159f7f-f135-47c6-abe4-ca423bf620e9', traceId: 'deda438b65a94b2957a123d19dec0693' }

t.test('a call: source, outcome, status and latency on one line; empty members are omitted', async (t) => {
  const call = { source: 'news', id: 'news', outcome: 'upstream_status', upstreamStatus: 503, latencyMs: 40.1 }
  const line = printed({ level: 40, time: 1, ...REQUEST, ...call, reason: null, from: 'live', msg: 'upstream' })
  const members = 'source=news outcome=upstream_status upstreamStatus=503 latencyMs=40.1 from=live'
  t.equal(line, `WARN: upstream ${members} req=8f159f7f\n`)
  t.match(printed({ level: 30, time: 1, source: 'news', id: 'other', msg: 'upstream' }), / id=other/)
})

t.test('lists of words, texts with spaces, and objects', async (t) => {
  const log = { level: 30, time: 1, sources: ['a', 'b'], failed: [], try: 'curl x', errors: [{ path: 'q' }], msg: 'm' }
  t.equal(printed(log), 'INFO: m sources=a,b try="curl x" errors=[{"path":"q"}]\n')
})

t.test('an error: its stack below the line', async (t) => {
  const err = { type: 'Error', message: 'boom', stack: 'Error: boom\n    at x.ts:1' }
  t.equal(printed({ level: 60, time: 1, err, msg: 'unforeseen error' }), `FATAL: unforeseen error\n${err.stack}\n`)
})

t.test('no control character of a client reaches the terminal', async (t) => {
  const path = '/a\u001b[31m\u009b2J'
  const lines = [{ path }, { paths: [path] }, { errors: [{ path }] }, { reqId: path }]
  for (const members of lines) t.notMatch(printed({ level: 30, time: 1, ...members, msg: 'm' }), /(?!\n$)\p{Cc}/u)
})

t.test('a line that is not JSON is printed unchanged', async (t) =>
  t.equal(printed('Debugger attached.'), 'Debugger attached.\n'),
)
