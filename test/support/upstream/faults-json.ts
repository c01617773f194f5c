import { jsonType, okBody, type Row, row } from './row.ts'

/** Bodies that are not valid JSON, and valid JSON that is hard to handle. */
export const jsonRows: readonly Row[] = [
  body('invalid-json', 'JSON that stops in the middle', '{"ok": tru'),
  body('two-values', 'two JSON values', '{"ok":true}{"ok":true}'),
  body('empty-200', 'nothing, with 200', ''),
  body('html-200', 'an HTML page, with 200', '<!doctype html><title>Sign in</title>', 'text/html'),
  body('utf16', 'JSON in UTF-16', Buffer.from(`\ufeff${okBody}`, 'utf16le'), 'application/json; charset=utf-16'),
  body('invalid-utf8', 'a string with bytes that are no UTF-8', Buffer.from('{"name":"caf\xe9"}', 'latin1')),
  body('bom', 'a byte order mark before the JSON', `\ufeff${okBody}`),
  body('bom-only', 'a byte order mark and nothing else', '\ufeff'),
  row('deep-json', 'lists, levels (1,000,000) deep', async (x) => {
    const levels = x.number('levels', 1_000_000)
    await x.reply({ headers: jsonType, body: '['.repeat(levels) + ']'.repeat(levels) })
  }),
  body(
    'proto-keys',
    '__proto__, constructor and prototype as keys',
    '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"prototype":1,"toString":2,"ok":true}',
  ),
  body(
    'odd-json',
    'numbers beyond 2^53, duplicate keys, white space between tokens, lone surrogates, key order',
    ' {\r\n\t"z":9007199254740993 , "a":1.10,"a":1e400,\n"s":"\\ud800\\u0000\u2028", "10":-0, "9":1E2 }\r\n',
  ),
  body('null', 'null', 'null'),
  row('bytes', 'the bytes of hex, with the Content-Type of type', async (x) => {
    const type = x.query.get('type') ?? 'text/plain'
    await x.reply({ headers: { 'content-type': type }, body: Buffer.from(x.query.get('hex') ?? '', 'hex') })
  }),
  row('unmarked', 'a body (none) whose end is that of the connection', async (x) => {
    await x.write(`HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n${x.query.get('body') ?? ''}`)
    x.fin()
  }),
]

function body(name: string, does: string, bytes: string | Uint8Array, type = 'application/json'): Row {
  return row(name, does, async (x) => {
    await x.reply({ headers: { 'content-type': type }, body: bytes })
  })
}
