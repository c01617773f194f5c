/** In which forms a secret can stand in what a source repeats of our request. */

/** A shorter part of an encoded text is in many other texts too. */
const LEAST_ENCODED = 8
/** A text within a text within a text: more is no accident. */
const MAX_DECODINGS = 3

/** What to look for to find a secret in the readings of a text: itself, and what contains it when it is encoded. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const encoded = [bytes.toString('hex'), ...[0, 1, 2].flatMap((before) => base64Within(bytes, before))]
  const plain = [secret, secret.toWellFormed(), secret.replaceAll(' ', '+')]
  const forms = [...plain, ...encoded.filter(({ length }) => length >= LEAST_ENCODED)]
  return [...new Set(forms.map(folded))].filter((form) => form !== '')
}

/** The characters of base64 that are the same whatever stands after these bytes, and `before` bytes before them. */
function base64Within(bytes: Buffer, before: number): readonly string[] {
  const whole = Buffer.concat([Buffer.alloc(before), bytes])
  const [from, to] = [Math.ceil((before * 8) / 6), Math.floor((whole.length * 8) / 6)]
  return [whole.toString('base64').slice(from, to), whole.toString('base64url').slice(from, to)]
}

/** How a text can be read: as it is, and with the escapes of URLs, JSON, JSON pointers and HTML decoded, again and again. */
export function readingsOf(text: string): readonly string[] {
  const readings = [text]
  for (let last = text; readings.length <= MAX_DECODINGS; ) {
    const next = decoded(last)
    if (next === last) break
    readings.push(next)
    last = next
  }
  return readings.map(folded)
}

/** Some services write all in capitals. Not in lower case, where the form of a sigma depends on what is beside it. */
function folded(text: string): string {
  return text.toUpperCase()
}

const ESCAPES = /(?:%[\da-f]{2})+|\\u[\da-f]{4}|\\["\\/]|~[01]|&#x[\da-f]{1,6};|&#\d{1,7};|&(?:amp|lt|gt|quot|apos);/gi
const NAMED: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&apos;': "'" }

function decoded(text: string): string {
  // without NUL, text in UTF-16 reads as it would in ASCII
  return text.replaceAll('\0', '').replace(ESCAPES, (coded) => {
    if (coded.startsWith('%')) return Buffer.from(coded.replaceAll('%', ''), 'hex').toString()
    if (/^\\u/i.test(coded)) return String.fromCharCode(Number.parseInt(coded.slice(2), 16))
    if (coded.startsWith('\\')) return coded.slice(1)
    if (coded.startsWith('~')) return coded === '~1' ? '/' : '~'
    return NAMED[coded.toLowerCase()] ?? fromNumber(coded.slice(2, -1))
  })
}

function fromNumber(digits: string): string {
  const code = /^x/i.test(digits) ? Number.parseInt(digits.slice(1), 16) : Number(digits)
  return code <= 0x10_ff_ff ? String.fromCodePoint(code) : ''
}
