import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib'
import type { RawOptions, RawResponse } from './client.ts'

type Check = RegExp | ((answer: RawResponse) => boolean)

const ok = /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\ncontent-length: 11\r\n\r\n\{"ok":true\}$/
const chunked = 'transfer-encoding: chunked\r\n\r\n'
const cut = (how: 'fin' | 'rst', what: RegExp) => (x: RawResponse) => x.closed === how && what.test(x.raw.toString())
// Timers may run a little early.
const takes = (ms: number) => (x: RawResponse) => x.status === 200 && x.complete && x.ms > ms - 3
const more = (bytes: number) => (x: RawResponse) => x.raw.length > bytes && !x.closed
const bytes = (x: RawResponse) => x.raw.subarray(x.raw.indexOf('\r\n\r\n') + 4)
const decoded = (decode: (b: Buffer) => Buffer) => (x: RawResponse) => decode(bytes(x)).toString() === '{"ok":true}'
const large = (decode: (b: Buffer) => Buffer) => (x: RawResponse) =>
  x.raw.length < 100_000 && decode(bytes(x)).length === 4 * 2 ** 20
const broken = (x: RawResponse) => {
  try {
    return gunzipSync(bytes(x)).length < 0
  } catch {
    return x.complete
  }
}
const ends: RawOptions = { until: 'close' }
/** For responses after which nothing follows and the connection stays open. */
const stays: RawOptions = { lingerMs: 60 }
const early: RawOptions = { until: 'close', maxBytes: 200_000 }

/** For each target, what must arrive: a pattern (the connection must stay open) or a check. */
export const served: readonly (readonly [string, Check, RawOptions?])[] = [
  ['/ok', ok],
  ['/ok/any/where?delayMs=40', takes(40)],
  ['/ok?bytes=2048', (x) => x.body.length === 2048 && JSON.parse(x.body).ok],
  ['/ok?json=[1]&header=x-a:%201&header=age:2', /json\r\nx-a: 1\r\nage: 2\r\ncontent-length: 3\r\n\r\n\[1\]$/],
  ['/ok?body=hi&type=text/plain', /text\/plain\r\ncontent-length: 2\r\n\r\nhi$/],
  ['/ok-close', cut('fin', /connection: close\r\n.*true}$/s), ends],
  ['/chunked', /chunked\r\n\r\n4\r\n\{"ok\r\n4\r\n":tr\r\n3\r\nue}\r\n0\r\n\r\n$/],
  ['/chunked?chunks=2&gapMs=20&trailer=1', (x) => /0\r\nx-trailer: yes\r\n\r\n$/.test(x.raw.toString()) && x.ms > 37],
  ['/http10', cut('fin', /^HTTP\/1\.0 200 OK\r\ncontent-type: application\/json\r\n\r\n\{"ok":true}$/), ends],
  ['/echo?a=1', (x) => JSON.parse(x.body).target === '/echo?a=1'],
  ['/raw?base64=SFRUUAo=', /^HTTP\n$/, stays],
  ['/raw?base64=SFRUUAo=&then=rst', cut('rst', /^HTTP\n$/), ends],
  ['/status', /^HTTP\/1\.1 500 Status\r\ncontent-type: application\/json\r\ncontent-length: 0\r\n\r\n$/],
  ['/status?code=204', /^HTTP\/1\.1 204 Status\r\ncontent-type: application\/json\r\n\r\n$/],
  ['/status?code=205', /^HTTP\/1\.1 205 .*content-length: 0\r\n\r\n$/s],
  ['/status?code=302&location=/ok', /^HTTP\/1\.1 302 .*\r\nlocation: \/ok\r\n/s],
  ['/status?code=429&retryAfter=-1', /^HTTP\/1\.1 429 .*\r\nretry-after: -1\r\n/s],
  ['/status?code=503&retryAfterDateMs=2000', /\r\nretry-after: \w{3}, .* GMT\r\n/],
  ['/status?code=999', /^HTTP\/1\.1 999 Status\r\n/],
  ['/status?code=404&bodyBytes=100&delayMs=30', (x) => x.status === 404 && x.body.length === 100 && x.ms > 27],
  ['/status?code=500&endless=1', more(200_000), early],
  ['/status?code=500&dripMs=10', /content-length: 67108864\r\n\r\nx{3,}$/, stays],
  ['/redirect', /^HTTP\/1\.1 302 .*\r\nlocation: \/redirect\?count=0\r\n/s],
  ['/redirect?count=3&code=307', /^HTTP\/1\.1 307 .*\r\nlocation: \/redirect\?count=2&code=307\r\n/s],
  ['/redirect?count=0', (x) => JSON.parse(x.body).target === '/redirect?count=0'],
  ['/silent', /^$/, { until: 'close', timeoutMs: 150 }],
  ['/late?delayMs=60', takes(60)],
  ['/drip-headers?gapMs=1', takes(90)],
  ['/stall-in-headers', /appli$/, stays],
  ['/stall-in-body', /content-length: 1000\r\n\r\n\{"ok":true$/, stays],
  ['/drip-body', /chunked\r\n\r\n1\r\n\[\r\n(1\r\n \r\n){3,}$/, stays],
  ['/endless-103', /^(HTTP\/1\.1 103 Early Hints\r\nlink: [^\r]*\r\n\r\n){5,}$/, stays],
  ['/interim?count=3', (x) => x.interim.join() === '103,103,103' && x.status === 200],
  ['/continue-unasked', (x) => x.interim.join() === '100' && x.status === 200],
  ['/fin-before-headers', cut('fin', /^$/), ends],
  ['/rst-before-headers', cut('rst', /^$/), ends],
  ['/fin-in-headers', cut('fin', /appli$/), ends],
  ['/rst-in-headers', cut('rst', /appli$/), ends],
  ['/fin-in-body', cut('fin', /content-length: 1000\r\n\r\n\{"ok":true$/), ends],
  ['/rst-in-body', cut('rst', /content-length: 1000\r\n\r\n\{"ok":true$/), ends],
  ['/cut-chunks', cut('fin', /b\r\n\{"ok":true}\r\n$/), ends],
  ['/cut-chunks?inside=1&how=rst', cut('rst', /ff\r\n\{"ok":$/), ends],
  ['/http10-cut', cut('fin', /^HTTP\/1\.0 .*\{"ok":$/s), ends],
  [
    '/idle-close?afterMs=50&hint=5',
    (x) => x.headers['keep-alive'] === 'timeout=5' && x.closed === 'fin' && x.ms > 47,
    ends,
  ],
  ['/idle-close?how=rst', cut('rst', /true}$/), ends],
  ['/close-on-reuse', /true}$/, stays],
  ['/flapping?pattern=f', (x) => x.status === 503],
  ['/bare-lf', /^HTTP\/1\.1 200 OK\ncontent-type: application\/json\ncontent-length: 11\n\n\{"ok":true}$/],
  ['/nul-in-header', /\r\nx-nul: a\0b\r\n/],
  ['/cr-in-header', /\r\nx-cr: a\rb\r\n/],
  ['/space-before-colon', /\r\ncontent-length : 11\r\n/],
  ['/no-colon', /\r\nnonsense\r\n/],
  ['/bad-status-line', /^HTTP\/1\.1 abc OK\r\n/],
  ['/bad-version', /^HTTP\/7\.3 200 OK\r\n/],
  ['/http09', cut('fin', /^\{"ok":true}$/), ends],
  ['/large-headers', /\r\nx-large-0: x{20480}\r\n/],
  ['/large-headers?bytes=300&count=3', /(x-large-\d: x{100}\r\n){3}/],
  ['/duplicate-content-length', /content-length: 11\r\ncontent-length: 12\r\n\r\n\{"ok":true}$/],
  ['/duplicate-content-length?same=1', /content-length: 11\r\ncontent-length: 11\r\n\r\n/],
  ['/garbage-content-length', /content-length: eleven\r\n/],
  ['/garbage-content-length?value=%2b11', /content-length: \+11\r\n/],
  ['/negative-content-length', /content-length: -1\r\n/],
  ['/content-length-with-chunked', new RegExp(`content-length: 11\r\n${chunked}b\r\n`)],
  ['/chunked-not-last', /transfer-encoding: chunked, identity\r\n\r\nb\r\n/],
  ['/bad-chunk-size', new RegExp(`${chunked}xyz\r\n`)],
  ['/bad-chunk-end', new RegExp(`${chunked}5\r\n\\{"ok":true}\r\n0\r\n\r\n$`)],
  ['/content-length-too-large', cut('fin', /content-length: 20\r\n\r\n\{"ok":true}$/), ends],
  ['/content-length-too-small', /content-length: 5\r\n\r\n\{"ok":true}$/],
  ['/smuggled', /\{"ok":true}HTTP\/1\.1 200 OK\r\n.*content-length: 17\r\n\r\n\{"smuggled":true}$/s],
  ['/smuggled?delayMs=40', /\{"ok":true}HTTP\/1\.1 200 OK\r\n.*smuggled":true}$/s],
  ['/endless-body', more(200_000), early],
  ['/endless-body?framing=close', more(200_000), early],
  ['/huge-declared', /content-length: 1073741824\r\n\r\n {1024}$/, stays],
  ['/coded', decoded(gunzipSync)],
  ['/coded?coding=deflate', decoded(inflateSync)],
  ['/coded?coding=deflate-raw', decoded(inflateRawSync)],
  ['/coded?coding=br', decoded(brotliDecompressSync)],
  ['/coded?coding=zstd', decoded(zstdDecompressSync)],
  ['/coded-cut', broken],
  ['/coded-damaged', broken],
  ['/coded-trailing', (x) => x.raw.toString().endsWith('junk')],
  ['/coded-not', broken],
  ['/bomb?mb=4', large(gunzipSync)],
  ['/bomb?mb=4&coding=deflate', large(inflateSync)],
  ['/bomb?mb=4&coding=br', large(brotliDecompressSync)],
  ['/bomb?mb=4&coding=zstd', large(zstdDecompressSync)],
  ['/unknown-coding', /content-encoding: x-rot13\r\n.*\{"ok":true}$/s],
  ['/nested-coding?times=3', decoded((b) => gunzipSync(gunzipSync(gunzipSync(b))))],
  ['/invalid-json', /\{"ok": tru$/],
  ['/two-values', /\}\{/],
  ['/bytes?hex=63e9', /content-type: text\/plain\r\n.*\r\n\r\nc\xe9$/s],
  ['/unmarked', /^HTTP\/1\.1 200 OK\r\ncontent-type: application\/json\r\n\r\n$/],
  ['/empty-200', /^HTTP\/1\.1 200 .*content-length: 0\r\n\r\n$/s],
  ['/html-200', /text\/html\r\n.*<!doctype html>/s],
  ['/utf16', (x) => bytes(x).subarray(0, 4).toString('hex') === 'fffe7b00'],
  ['/invalid-utf8', (x) => bytes(x).includes(0xe9) && x.complete],
  ['/bom', (x) => bytes(x).subarray(0, 4).toString('hex') === 'efbbbf7b'],
  ['/bom-only', (x) => bytes(x).toString('hex') === 'efbbbf'],
  ['/deep-json', (x) => x.body.length === 2_000_000 && x.body.startsWith('[[[')],
  ['/deep-json?levels=2', /\r\n\r\n\[\[]]$/],
  ['/proto-keys', (x) => Object.keys(JSON.parse(x.body)).includes('__proto__')],
  ['/odd-json', (x) => JSON.parse(x.body)['9'] === 100 && x.body.includes('9007199254740993 , "a":1.10,"a":1e400')],
  ['/null', /\r\n\r\nnull$/],
]
