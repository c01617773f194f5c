import type { Exchange } from './exchange.ts'
import { jsonType, okBody, type Row, row } from './row.ts'

/** Correct responses. */
export const plainRows: readonly Row[] = [
  row('ok', '200: delayMs, bytes (exactly), json, or body with type; header=name:value, repeatable; kept alive', ok),
  row('ok-close', 'as ok, with connection: close, then FIN', async (x) => {
    await answer(x, { connection: 'close' })
    x.fin()
  }),
  row('chunked', '200 in chunks (3) pieces, gapMs apart, and a trailer with trailer=1', chunked),
  row('http10', 'HTTP/1.0 without a length, ended by FIN', async (x) => {
    await x.write(`HTTP/1.0 200 OK\r\ncontent-type: application/json\r\n\r\n${bodyOf(x)}`)
    x.fin()
  }),
  row('echo', 'JSON of method, path, target, headers, body', echo),
  row('raw', 'the bytes in base64=, then stays; then=fin or rst ends the connection', async (x) => {
    await x.write(Buffer.from(x.query.get('base64') ?? '', 'base64'))
    const then = x.query.get('then')
    if (then !== null && (await x.sleep(x.number('delayMs', 20)))) x.cut(then)
  }),
]

/** Responds with a description of the request. */
export async function echo(x: Exchange): Promise<void> {
  const { method, path, target, headers, body } = x.request
  await x.sleep(x.number('delayMs', 0))
  await x.reply({ headers: jsonType, body: JSON.stringify({ method, path, target, headers, body: body.toString() }) })
}

/** The response of /ok; other rows end with it, too. */
export async function ok(x: Exchange): Promise<void> {
  await answer(x, {})
}

async function answer(x: Exchange, more: Record<string, string>): Promise<void> {
  const headers: Record<string, string> = { 'content-type': x.query.get('type') ?? 'application/json', ...more }
  for (const line of x.query.getAll('header')) {
    const colon = line.indexOf(':')
    headers[line.slice(0, colon)] = line.slice(colon + 1).trim()
  }
  if (await x.sleep(x.number('delayMs', 0))) await x.reply({ reason: 'OK', headers, body: bodyOf(x) })
}

/** The body that the query requests. */
export function bodyOf(x: Exchange): string {
  const given = x.query.get('json') ?? x.query.get('body')
  if (given !== null) return given
  const bytes = x.number('bytes', 0)
  return bytes > 0 ? padded(bytes) : okBody
}

/** JSON of exactly this many bytes, at least 20. */
export function padded(bytes: number): string {
  const empty = '{"ok":true,"pad":""}'
  return `${empty.slice(0, -2)}${'x'.repeat(Math.max(0, bytes - empty.length))}"}`
}

async function chunked(x: Exchange): Promise<void> {
  const body = Buffer.from(bodyOf(x))
  const size = Math.max(1, Math.ceil(body.length / x.number('chunks', 3)))
  await x.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n')
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size)
    await x.write(chunk(piece))
    if (!(await x.sleep(x.number('gapMs', 0)))) return
  }
  await x.write(x.query.has('trailer') ? '0\r\nx-trailer: yes\r\n\r\n' : '0\r\n\r\n')
}

/** A chunk on the wire. */
export function chunk(bytes: string | Uint8Array): Buffer {
  const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  return Buffer.concat([Buffer.from(`${data.length.toString(16)}\r\n`), data, Buffer.from('\r\n')])
}
