import { decodeProtectedHeader, errors } from 'jose'

/**
 * Why tokens are refused, as sentences for clients. They are fixed: they contain nothing of the token, nor what would be
 * accepted. Without quotation marks, because the header WWW-Authenticate quotes them.
 */
const BY_CODE: Readonly<Record<string, string>> = {
  ERR_JWT_EXPIRED: 'The token has expired; get a new one.',
  ERR_JWS_SIGNATURE_VERIFICATION_FAILED: 'The signature of the token is not valid.',
  ERR_JWKS_NO_MATCHING_KEY: 'The token is signed with a key that its issuer does not publish.',
  ERR_JOSE_ALG_NOT_ALLOWED: 'The token is signed with an algorithm that is not accepted here.',
  ERR_JWT_INVALID: 'The token does not hold a JSON object of claims.',
}

const BY_CLAIM: Readonly<Record<string, string>> = {
  iss: 'The token is from another issuer than this service accepts.',
  aud: 'The token is meant for another audience than this service.',
  exp: 'The token has no valid expiry time (exp).',
}

const NOT_YET = 'The token is not valid yet; compare the clocks of its issuer and of this service.'
const UNSIGNED = 'The token is not signed.'
export const MALFORMED = 'The token is not a valid JSON Web Token in compact form.'

/** The sentence for an error of jose. */
export function refusalOf(error: unknown, token: string): string {
  if (error instanceof errors.JWTClaimValidationFailed) return claimRefusal(error)
  if (error instanceof errors.JOSEAlgNotAllowed && isUnsigned(token)) return UNSIGNED
  return BY_CODE[error instanceof errors.JOSEError ? error.code : ''] ?? MALFORMED
}

function claimRefusal({ claim, reason }: errors.JWTClaimValidationFailed): string {
  if (claim === 'nbf' && reason === 'check_failed') return NOT_YET
  return BY_CLAIM[claim] ?? 'A claim of the token is not valid.'
}

/** RFC 7518, section 3.6. */
function isUnsigned(token: string): boolean {
  return String(decodeProtectedHeader(token).alg).toLowerCase() === 'none'
}
