import type { Exchange } from './exchange.ts'
import { echo, padded } from './plain.ts'
import { jsonType, mostBytes, type Row, row } from './row.ts'

/** Any status, with any body and Retry-After. */
export const statusRows: readonly Row[] = [
  row(
    'status',
    'code (500, also 999); retryAfter (as it is) or retryAfterDateMs (a date from now); location; delayMs; bodyBytes, endless=1 or dripMs',
    status,
  ),
  row('redirect', 'count (1) times code (302) to itself, with a body of bodyBytes; then as echo', async (x) => {
    const left = x.number('count', 1)
    if (left === 0) return echo(x)
    const query = new URLSearchParams(x.query)
    query.set('count', String(left - 1))
    const bytes = x.number('bodyBytes', 0)
    const body = bytes > 0 ? padded(bytes) : ''
    await x.reply({ status: x.number('code', 302), headers: { location: `/redirect?${query}` }, body })
  }),
]

async function status(x: Exchange): Promise<void> {
  const code = x.number('code', 500)
  const headers = { ...jsonType, ...statusHeaders(x) }
  if (!(await x.sleep(x.number('delayMs', 0)))) return
  const endless = x.query.has('endless')
  if (endless || x.query.has('dripMs')) return endlessly(x, code, headers, endless ? 64 * 1024 : 1)
  const bytes = x.number('bodyBytes', 0)
  await x.reply({ status: code, headers, body: bytes > 0 ? padded(bytes) : '' })
}

function statusHeaders(x: Exchange): Record<string, string> {
  const headers: Record<string, string> = {}
  const retryAfter = x.query.get('retryAfter')
  if (retryAfter !== null) headers['retry-after'] = retryAfter
  if (x.query.has('retryAfterDateMs')) {
    headers['retry-after'] = new Date(Date.now() + x.number('retryAfterDateMs', 0)).toUTCString()
  }
  const location = x.query.get('location')
  if (location !== null) headers.location = location
  return headers
}

async function endlessly(x: Exchange, status: number, headers: Record<string, string>, bytes: number): Promise<void> {
  await x.reply({ status, headers: { ...headers, 'content-length': mostBytes } })
  for (let sent = 0; sent < mostBytes; sent += bytes) {
    if (!(await x.write(Buffer.alloc(bytes, 'x'))) || !(await x.sleep(x.number('dripMs', 0)))) return
  }
}
