import type { TlsOptions } from '../../../transport/tls.ts'
import type { Input } from '../../schema/input.ts'
import { guesses } from '../../schema/keywords.ts'
import { block, optional, switchable, text } from '../../schema/parts.ts'
import type { Scope } from '../../schema/report.ts'
import { hasExpired, type PemProblem, readCertificates, readPrivateKey, whyUnfit } from '../../text/pem.ts'
import type { Path } from '../../text/problems.ts'
import { type Checks, checkNeeded, goalsOf, type SourceScope } from './scope.ts'

const EXAMPLES = { ca: 'ca.pem', cert: 'client.pem', key: 'client.key', serverName: 'users.internal' }

const keys = optional({
  ca: text({
    description:
      "File of authorities (PEM) that are trusted beside the system's, relative to the configuration. Never shown. Default: none.",
    examples: [EXAMPLES.ca],
    alsoCalled: 'cafile cacert cacerts cabundle authority authorities rootca root roots truststore trustedca',
    hint: 'Write for example ca: ca.pem',
  }),
  cert: text({
    description: 'File of the certificate (PEM) that the source is shown, and its chain. Never shown. Default: none.',
    examples: [EXAMPLES.cert],
    alsoCalled: 'certificate clientcert clientcertificate certfile crt certchain keystore',
    hint: 'Write for example cert: client.pem',
  }),
  key: text({
    description: 'File of the private key (PEM, without a passphrase) of `cert`. Never shown. Needed with `cert`.',
    examples: [EXAMPLES.key],
    alsoCalled: 'privatekey clientkey keyfile',
    hint: 'Write for example key: client.key',
  }),
  serverName: text({
    description:
      "Name that is asked for, and that the source's certificate must have, in place of the host. Never shown. Default: the host.",
    examples: [EXAMPLES.serverName],
    alsoCalled: 'sni hostname host server name',
    hint: 'Write for example serverName: users.internal',
    pattern:
      '^(?=.{1,253}$)(?!.*\\.\\d+$)(?!\\d+$)[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$',
    expects: 'a host name such as users.internal, and no address (RFC 6066, section 3)',
  }),
})

export const tlsSchema = switchable(
  block(keys, {
    description: 'What a source has of its own for TLS.',
    guesses: guesses(
      ['pfx p12 pkcs12', 'write the certificate and its key as files in PEM, as cert and key'],
      ['passphrase password', 'write a key without a passphrase, which only this user may read'],
    ),
  }),
  {
    description:
      'Authorities, client certificate and name for TLS. The files are read again at each reload. Certificates are always verified. Default: none.',
    examples: [EXAMPLES],
    secret: true,
    alsoCalled: 'ssl mtls clienttls https certificates',
    hint: 'Write for example tls: { ca: ca.pem }',
  },
)

export type TlsInput = Input<typeof tlsSchema>

/** Reads the files. Null without `tls`, and where nothing of it can be used; that is reported. */
export function resolveTls(
  input: TlsInput = false,
  pathOf: (key: string, within?: string) => Path,
  scope: Scope,
): TlsOptions | null {
  if (input === false) return null
  const reads = <T extends object>(key: 'ca' | 'cert' | 'key', read: (text: string) => T | PemProblem): T | null => {
    const name = input[key]
    if (name === undefined) return null
    const file = scope.readFile(name)
    const found = 'text' in file ? read(file.text) : file
    if (!('problem' in found)) return found
    scope.problem(pathOf('tls', key), found.problem)
    return null
  }
  const [ca, cert, key] = [reads('ca', readCertificates), reads('cert', readCertificates), reads('key', readPrivateKey)]
  for (const [name, certificates] of Object.entries({ ca, cert })) {
    if (certificates !== null && hasExpired(certificates, Date.now()))
      scope.warn(pathOf('tls', name), 'names a file with a certificate that has expired; renew it')
  }
  const unfit = cert !== null && key !== null ? whyUnfit(cert, key) : null
  if (unfit !== null) scope.problem(pathOf('tls', 'key'), unfit)
  const { serverName = null } = input
  if (ca === null && cert === null && key === null && serverName === null) return null
  return { ca: ca?.pem ?? null, cert: cert?.pem ?? null, key: key?.pem ?? null, serverName }
}

type TlsScope = SourceScope<{ readonly tls?: TlsInput }>

export const tlsChecks: Checks<TlsScope> = [checkPair, checkHttps, warnOfEmpty]

function checkPair(scope: TlsScope): void {
  const { tls } = scope.written
  if (!tls) return
  if (tls.cert !== undefined) checkNeeded(scope, 'tls', 'key', EXAMPLES.key)
  if (tls.key !== undefined) checkNeeded(scope, 'tls', 'cert', EXAMPLES.cert)
}

/** From `defaults` it does not apply to sources with http. It applies to the token endpoint too, but for `serverName`. */
function checkHttps(scope: TlsScope): void {
  const { source, own, at, problem } = scope
  const goals = goalsOf(scope)
  if (!own.tls || goals.length === 0 || goals.some(({ origin }) => origin.startsWith('https:'))) return
  if (source.auth?.tokenUrl.startsWith('https:') && isForTokens(scope)) return
  const where = source.origins === null ? 'url' : 'origins'
  problem(at('tls'), `has no effect on a source with http; write https in ${where}, or leave it out`)
}

function warnOfEmpty({ written, at, warn }: TlsScope): void {
  if (!written.tls || Object.keys(written.tls).length > 0) return
  warn(at('tls'), 'is empty, and changes nothing; write for example tls: { ca: ca.pem }, or leave it out')
}

/** `serverName` is for the hosts of the source alone. */
function isForTokens(scope: TlsScope): boolean {
  const { tls, auth } = scope.source
  const host = URL.parse(auth?.tokenUrl ?? '')?.hostname
  return tls?.ca != null || tls?.cert != null || goalsOf(scope).some(({ origin }) => new URL(origin).hostname === host)
}
