import t from 'tap'
import { faultTable } from './table.ts'

const size = { code: 'http_response_body_size', source: { maxBytes: '64kb' }, retryable: false, upstreamStatus: 200 }
const cut = { code: 'http_response_incomplete', retryable: true, upstreamStatus: 200 }
const coding = { code: 'http_response_content_coding', retryable: false, upstreamStatus: 200 }
const whole = { code: 'ok', data: '{"ok":true}' }

t.test('bodies that are truncated or endless', async (t) => {
  await faultTable(t, [
    { target: '/fin-in-body', ...cut },
    { target: '/rst-in-body', ...cut },
    { target: '/cut-chunks', ...cut },
    { target: '/cut-chunks?inside=1&how=rst', ...cut },
    { target: '/cut-chunks?inside=1', ...cut },
    { target: '/content-length-too-large', ...cut },
    { target: '/content-length-too-small', code: 'invalid_body', upstreamStatus: 200 },
    { target: '/http10', ...whole },
    { target: '/http10-cut', code: 'invalid_body', upstreamStatus: 200 },
    { target: '/bad-chunk-size', code: 'http_protocol_error', upstreamStatus: 200 },
    { target: '/bad-chunk-end', code: 'http_protocol_error', upstreamStatus: 200 },
    { target: '/chunked?chunks=2&trailer=1', ...whole },
    { target: '/endless-body', ...size },
    { target: '/endless-body?framing=close', ...size },
    { target: '/huge-declared', ...size },
  ])
})

t.test('content codings', async (t) => {
  await faultTable(t, [
    { target: '/coded', ...whole },
    { target: '/coded?coding=deflate', ...whole },
    { target: '/coded?coding=deflate-raw', ...whole },
    { target: '/coded?coding=br', ...whole },
    { target: '/coded?coding=zstd', ...whole },
    { target: '/nested-coding?times=2', ...whole },
    { target: '/nested-coding?times=6', ...coding },
    { target: '/unknown-coding', ...coding },
    { target: '/coded-cut', ...coding },
    { target: '/coded-damaged', ...coding },
    { target: '/coded-not', ...whole },
    { target: '/unknown-coding?coding=x-gzip', ...whole },
    { target: '/coded-not?coding=deflate', ...coding },
    { target: '/coded-not?coding=br', ...coding },
    { target: '/coded-not?coding=zstd', ...coding },
    ...['identity', 'none', 'UTF-8', '', 'identity,none'].map((name) => ({
      target: `/unknown-coding?coding=${name}`,
      ...whole,
    })),
    { target: '/bomb?mb=16', ...size, toMs: 3000, fromMs: 0 },
    { target: '/bomb?mb=16&coding=deflate', ...size, toMs: 3000, fromMs: 0 },
    { target: '/bomb?mb=16&coding=br', ...size, toMs: 3000, fromMs: 0 },
    { target: '/bomb?mb=16&coding=zstd', ...size, toMs: 3000, fromMs: 0 },
  ])
})

const invalid = { code: 'invalid_body', retryable: false, upstreamStatus: 200 }

t.test('bodies that are not JSON, and JSON of every kind', async (t) => {
  await faultTable(t, [
    { target: '/invalid-json', ...invalid },
    { target: '/two-values', ...invalid },
    { target: '/empty-200', code: 'empty', upstreamStatus: 200 },
    { target: '/unmarked', ...invalid },
    { target: '/unmarked?body=%7B%22ok%22:true%7D', ...whole },
    { target: '/html-200', ...invalid },
    { target: '/utf16', ...whole },
    { target: '/invalid-utf8', ...invalid },
    { target: '/bom-only', ...invalid },
    { target: '/bom', ...whole },
    { target: '/null', code: 'empty', upstreamStatus: 200 },
    { target: '/ok?json=[1]', ...invalid, source: { schema: { type: 'object' }, validate: true } },
    {
      target: `/ok?json=${encodeURIComponent('{"a":1}')}`,
      code: 'ok',
      source: { schema: { type: 'object' }, validate: true },
      data: '{"a":1}',
    },
    {
      target: `/ok?json=${encodeURIComponent('{"b":1.10,"a":9007199254740993,"a":1e400,"1":2}')}`,
      code: 'ok',
      data: '{"b":1.10,"a":9007199254740993,"a":1e400,"1":2}',
    },
    { target: '/ok', code: 'upstream_error', retryable: false, upstreamStatus: 200, source: { failWhen: 'ok' } },
    { target: '/ok', ...whole, source: { failWhen: '!ok' } },
    { target: '/odd-json', code: 'ok' },
    { target: '/proto-keys', code: 'ok' },
  ])
})

t.test('charsets', async (t) => {
  const bytes = (type: string, hex: string | Buffer) =>
    `/bytes?type=${encodeURIComponent(type)}&hex=${typeof hex === 'string' ? hex : hex.toString('hex')}`
  const latin1 = (text: string) => Buffer.from(text, 'latin1')
  const text = { source: { format: 'text' } }
  const xml = { source: { format: 'xml' } }
  const cafe = { code: 'ok', data: '"café"' }
  const declared = latin1('<?xml version="1.0" encoding="iso-8859-1"?><a>caf\xe9</a>')
  await faultTable(t, [
    { target: bytes('text/plain; charset=ISO-8859-1', latin1('caf\xe9')), ...cafe, ...text },
    { target: bytes('text/plain;charset="windows-1252"', latin1('\x80')), code: 'ok', data: '"€"', ...text },
    { target: bytes('text/plain; charset=utf-8', Buffer.from('\ufeffcafé')), ...cafe, ...text },
    { target: bytes('text/plain; charset=latin1', Buffer.from('\ufeffcafé')), ...cafe, ...text },
    { target: bytes('text/plain; charset=Shift_JIS', '93fa967b'), code: 'ok', data: '"日本"', ...text },
    { target: bytes('text/plain', latin1('caf\xe9')), ...invalid, ...text },
    { target: bytes('text/plain; charset=', Buffer.from('café')), ...cafe, ...text },
    { target: bytes('text/plain; charset=klingon', Buffer.from('a')), ...invalid, ...text },
    { target: bytes('text/plain; charset=utf-8', latin1('caf\xe9')), ...invalid, ...text },
    { target: bytes('text/plain; charset=Shift_JIS', 'ff'), ...invalid, ...text },
    { target: bytes('application/json; charset=latin1', latin1('"caf\xe9"')), ...cafe },
    { target: bytes('application/json; charset=latin1', Buffer.from('"café"')), ...cafe },
    { target: bytes('application/json; charset=klingon', Buffer.from('"café"')), ...cafe },
    { target: bytes('application/json; charset=klingon', latin1('"caf\xe9"')), ...invalid },
    { target: bytes('application/json; charset=utf-16le', Buffer.from('"café"', 'utf16le')), ...cafe },
    { target: bytes('application/json; charset=utf-16', Buffer.from('\ufeff"café"', 'utf16le').swap16()), ...cafe },
    {
      target: bytes('text/xml; charset=iso-8859-1', latin1('<a>caf\xe9</a>')),
      code: 'ok',
      data: '{"a":"café"}',
      ...xml,
    },
    { target: bytes('text/xml', declared), code: 'ok', data: '{"a":"café"}', ...xml },
    { target: bytes('text/xml; charset=utf-8', declared), code: 'ok', data: '{"a":"café"}', ...xml },
    {
      target: bytes('text/xml; charset=utf-8', Buffer.from('<?xml version="1.0" encoding="iso-8859-1"?><a>café</a>')),
      code: 'ok',
      data: '{"a":"café"}',
      ...xml,
    },
    { target: bytes('text/xml; charset=klingon', Buffer.from('<a/>')), ...invalid, ...xml },
  ])
})
