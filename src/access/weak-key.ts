import { createPublicKey, type webcrypto } from 'node:crypto'

/** JWK types with a public key. Not `oct`: that is a secret key, and whoever reads a published one can sign tokens. */
const TYPES = ['RSA', 'EC', 'OKP']
const MIN_RSA_BITS = 2048

/**
 * Whether a member of a key set can verify signatures safely: a public key that is well formed, of an asymmetric type,
 * and not weak. What it may be used for (`alg`, `use`, `key_ops`) is checked for each token.
 */
export function isStrongPublicKey(jwk: unknown): boolean {
  if (typeof jwk !== 'object' || jwk === null || !('kty' in jwk)) return false
  // whoever reads a published private key can sign tokens
  if (!TYPES.includes(String(jwk.kty)) || 'd' in jwk) return false
  try {
    const { asymmetricKeyDetails: details = {} } = createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' })
    return jwk.kty !== 'RSA' || isStrongRsa(details, (jwk as { n?: unknown }).n)
  } catch {
    return false
  }
}

interface RsaDetails {
  readonly modulusLength?: number
  readonly publicExponent?: bigint
}

function isStrongRsa({ modulusLength = 0, publicExponent = 0n }: RsaDetails, n: unknown): boolean {
  if (modulusLength < MIN_RSA_BITS || publicExponent < 3n || publicExponent % 2n === 0n) return false
  return !isRoca(BigInt(`0x${Buffer.from(String(n), 'base64url').toString('hex')}`))
}

/**
 * Whether a modulus was made by the library of Infineon whose keys can be factored (CVE-2017-15361): modulo each of
 * these primes it is a power of 65537. For another modulus that is true with a probability below 2^-27.
 */
function isRoca(modulus: bigint): boolean {
  return ROCA_PRIMES.every((prime) => powersOf(65537n, prime).has(modulus % prime))
}

const ROCA_PRIMES = [
  ...[11n, 13n, 17n, 19n, 37n, 53n, 61n, 71n, 73n],
  ...[79n, 97n, 103n, 107n, 109n, 127n, 151n, 157n],
]

function powersOf(base: bigint, modulus: bigint): ReadonlySet<bigint> {
  const powers = new Set<bigint>()
  for (let power = 1n; !powers.has(power); power = (power * base) % modulus) powers.add(power)
  return powers
}
