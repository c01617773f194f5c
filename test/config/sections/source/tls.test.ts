import { generateKeyPairSync, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { formatProblem, parseConfig } from '../../../../src/config/load.ts'
import { digestOf, sameOptions } from '../../../../src/source/options.ts'
import { certificateFile } from '../../../support/upstream/tls.ts'
import { configOf, oneSource, problemsOf, sourceOf, warningsOf } from '../../support.ts'

const [ca, cert, key, expired] = ['ca', 'client', 'key', 'expired'].map((name) => certificateFile(name))
const contentOf = (file = '') => readFileSync(file, 'utf8')

t.test('the contents of the files become options', async (t) => {
  t.equal(sourceOf('required: true').tls, null)
  t.equal(sourceOf('tls: {}').tls, null)
  t.equal(sourceOf('tls: false', {}, 'tls: { serverName: a.example }').tls, null)
  t.same(sourceOf(`tls: { ca: ${ca}, cert: ${cert}, key: ${key}, serverName: users.internal }`).tls, {
    ca: contentOf(ca),
    cert: contentOf(cert),
    key: contentOf(key),
    serverName: 'users.internal',
  })
  t.match(sourceOf('tls: { serverName: a.example }', {}, `tls: { ca: ${ca}, serverName: b.example }`).tls, {
    ca: contentOf(ca),
    serverName: 'a.example',
  })
})

t.test('files are relative to the configuration, and comments in them do not count', async (t) => {
  const folder = t.testdir({ tls: { 'all.pem': `\ufeff# Köln\n${contentOf(cert)}\n${contentOf(key)}\n# end` } })
  const { config, files } = parseConfig(oneSource('tls: { cert: tls/all.pem, key: tls/all.pem }'), {}, folder)
  t.match(config?.sources.get('a')?.tls, { ca: null, cert: contentOf(cert), key: contentOf(key) })
  t.same(files, [`${folder}/tls/all.pem`])
})

t.test('what is wrong with a file is one sentence, which does not show its name', async (t) => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  const weak = generateKeyPairSync('rsa', { modulusLength: 512 })
  const pem = { type: 'pkcs8', format: 'pem' } as const
  const folder = t.testdir({
    'other.key': pair.privateKey.export(pem),
    'encrypted.key': pair.privateKey.export({ ...pem, cipher: 'aes-256-cbc', passphrase: 'x' }),
    'old.key': weak.privateKey.export({ type: 'pkcs1', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' }),
    'damaged.key': '-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----\n',
    'damaged.pem': '-----BEGIN CERTIFICATE-----\nMIGH\n-----END CERTIFICATE-----\n',
    'der.pem': Buffer.from(new X509Certificate(contentOf(ca)).raw),
    'empty.pem': '',
    'chain.pem': contentOf(ca) + contentOf(cert),
    directory: {},
  })
  const noCertificate = 'names a file without a certificate in PEM (-----BEGIN CERTIFICATE-----)'
  const noKey = 'names a file without a private key in PEM (-----BEGIN PRIVATE KEY-----)'
  const missing = 'names a file that is not there; a path is relative to the directory of the configuration'
  const encrypted = 'names a file whose key is encrypted; write one that needs no passphrase (openssl pkey)'
  const cases: readonly (readonly [string, ...string[]])[] = [
    ['ca: none.pem', `ca: ${missing}`],
    ['ca: directory', 'ca: is a directory; write the path of the file in it'],
    ['ca: empty.pem', `ca: ${noCertificate}`],
    ['ca: der.pem', `ca: ${noCertificate}`],
    [`ca: ${key}`, `ca: ${noCertificate}`],
    ['ca: damaged.pem', 'ca: names a file with a certificate that is damaged; copy the file again'],
    [`cert: ${cert}, key: none.key`, `key: ${missing}`],
    [`cert: none.pem, key: none.key`, `cert: ${missing}`, `key: ${missing}`],
    [`cert: ${cert}, key: ${cert}`, `key: ${noKey}`],
    [`cert: ${cert}, key: encrypted.key`, `key: ${encrypted}`],
    [`cert: ${cert}, key: old.key`, `key: ${encrypted}`],
    [`cert: ${cert}, key: damaged.key`, 'key: names a file with a private key that is damaged, or of an unknown kind'],
    [
      `cert: ${cert}, key: other.key`,
      'key: names a key that does not fit the certificate in cert; write the key that it was made for',
    ],
    [
      `cert: chain.pem, key: ${key}`,
      'key: fits a later certificate of the file in cert; put that one first, then the others of its chain',
    ],
    [`cert: ${cert}`, 'key: is missing for "a"; write for example client.key'],
    [`key: ${key}`, 'cert: is missing for "a"; write for example client.pem'],
  ]
  for (const [written, ...said] of cases) {
    const { problems } = parseConfig(oneSource(`tls: { ${written} }`), {}, folder)
    t.same(
      problems.map(formatProblem),
      said.map((text) => `sources.a.tls.${text.replace(':', ' (line 3):')}`),
      written,
    )
  }
})

t.test('in defaults, a problem is reported once', async (t) => {
  const text =
    'defaults: { tls: { ca: none.pem } }\nsources: { a: { url: "https://a.example" }, b: { url: "https://b.example" } }'
  t.same(
    problemsOf(text).map((line) => line.replace(/:.*/, '')),
    ['defaults.tls.ca (line 1)'],
  )
})

t.test('a server name is a host name', async (t) => {
  for (const name of ['a', 'users.internal', '_x.a-b.example', 'xn--bcher-kva.example']) {
    t.equal(sourceOf(`tls: { serverName: ${name} }`).tls?.serverName, name)
  }
  for (const name of [
    '',
    '127.0.0.1',
    '"::1"',
    '"*.example"',
    'a.example.',
    'a..b',
    '-a',
    'a:443',
    'bücher.example',
    '"a b"',
  ]) {
    t.match(
      problemsOf(oneSource(`tls: { serverName: ${name || '""'} }`)),
      [
        /^sources\.a\.tls\.serverName \(line 3\): the value must be a host name such as users\.internal, and no address/,
      ],
      name,
    )
  }
})

t.test('it is refused on http, and does not apply to http where it is in defaults', async (t) => {
  t.same(problemsOf(oneSource('url: "http://127.0.0.1/", tls: { serverName: a.example }')), [
    'sources.a.tls (line 3): has no effect on a source with http; write https in url, or leave it out',
  ])
  t.same(problemsOf(oneSource('url: "http://127.0.0.1/"', 'tls: { serverName: a.example }')), [])
})

t.test('a block that is empty is warned of, as it changes nothing', async (t) => {
  const line =
    'sources.a.tls (line 3): is empty, and changes nothing; write for example tls: { ca: ca.pem }, or leave it out'
  t.same(warningsOf(oneSource('tls: {}')), [line])
  t.same(warningsOf(oneSource('tls: {}', 'tls: { serverName: a.example }')), [], 'it takes what defaults has')
})

t.test('an expired certificate is warned of', async (t) => {
  const said = 'names a file with a certificate that has expired; renew it'
  t.same(warningsOf(oneSource(`tls: { ca: ${expired}, cert: ${expired}, key: ${key} }`)), [
    `sources.a.tls.ca (line 3): ${said}`,
    `sources.a.tls.cert (line 3): ${said}`,
  ])
  t.same(warningsOf(oneSource(`tls: { ca: ${ca}, cert: ${cert}, key: ${key} }`)), [])
})

t.test('another content makes another source', async (t) => {
  const folder = t.testdir({ 'ca.pem': contentOf(ca) })
  const load = () => configOf(oneSource(`tls: { ca: ${folder}/ca.pem }`)).sources.get('a') ?? t.fail()
  const [before, same] = [load(), load()]
  t.testdir({ 'ca.pem': contentOf(expired) })
  const after = load()
  if (typeof before !== 'object' || typeof same !== 'object' || typeof after !== 'object') return
  t.ok(sameOptions(before, same))
  t.notOk(sameOptions(before, after))
  t.equal(digestOf(before), digestOf(same))
  t.not(digestOf(before), digestOf(after))
})
