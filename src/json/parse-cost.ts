/**
 * Estimates how long `JSON.parse` takes. Bodies of the same size differ by a factor of forty: V8 takes longest for
 * objects whose keys it has not seen before, and for short texts that are new to it.
 */

/**
 * Upper bounds in nanoseconds for each occurrence of a byte, measured with V8 14.6 on slow processors: an object with
 * keys of its own, a list, a member, an element, half a string, an escape. Those within strings count too.
 */
const NANOSECONDS = new Uint16Array(256).fill(3)
for (const [character, ns] of Object.entries({ '{': 500, '[': 100, ':': 340, ',': 60, '"': 25, '\\': 12 }))
  NANOSECONDS[character.charCodeAt(0)] = ns

/**
 * What a short text takes more: V8 looks each text of fewer than ten characters up in the table of all its strings, and
 * adds it if it is new (JsonParser::MakeString).
 */
const SHORT_TEXT_NS = 300
const MOST_SHORT_BYTES = 9
const QUOTE = 0x22
const [COMMA, END_LIST, END_OBJECT] = [0x2c, 0x5d, 0x7d]

/**
 * Of each stripe, one block is read, at a random place: so no body can hide what is in it. Large bodies have wider
 * stripes, so that an estimate takes microseconds.
 */
const LEAST_STRIPE_BYTES = 512
const MOST_STRIPES = 96
const BLOCK_BYTES = 32

/** An estimate in milliseconds, from at most 3 KiB of the bytes. It is meant for 16 KiB or more: a small sample says little. */
export function parseCostMs(json: Uint8Array): number {
  const stripeBytes = Math.max(LEAST_STRIPE_BYTES, Math.ceil(json.length / MOST_STRIPES))
  const room = stripeBytes - BLOCK_BYTES
  // with stripes that always begin at the same place, their edges would be read less often
  const shift = Math.trunc(Math.random() * stripeBytes)
  let nanoseconds = 0
  let blocks = 0
  for (let stripe = shift; stripe + stripeBytes <= json.length; stripe += stripeBytes) {
    const from = stripe + Math.trunc(Math.random() * (room + 1))
    for (let at = from; at < from + BLOCK_BYTES; at += 1) {
      nanoseconds += NANOSECONDS[json[at] as number] as number
      if (json[at] === QUOTE && endsShortText(json, at)) nanoseconds += SHORT_TEXT_NS
    }
    blocks += 1
  }
  return blocks === 0 ? 0 : (nanoseconds / (blocks * BLOCK_BYTES)) * json.length * 1e-6
}

/** Whether the quote at this place ends a short text that is a value: keys are counted by their colons. */
function endsShortText(json: Uint8Array, quote: number): boolean {
  const next = json[quote + 1]
  if (next !== COMMA && next !== END_LIST && next !== END_OBJECT) return false
  for (let at = quote - 1; at >= quote - 1 - MOST_SHORT_BYTES; at -= 1) if (json[at] === QUOTE) return true
  return false
}
