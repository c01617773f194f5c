const START = Buffer.from('HTTP/1.')
const MINOR = [0x30, 0x31]
const [CR, LF] = [0x0d, 0x0a]

/**
 * Whether a response begins with HTTP/1.0 or HTTP/1.1 (RFC 9112, section 2.3). undici's parser takes any version that it
 * has ever known, and does not tell which one it read.
 */
export class VersionCheck {
  #at = 0

  /** Takes in the next piece of the response; false when it begins with something else. */
  take(piece: Buffer): boolean {
    for (let index = 0; index < piece.length && this.#at <= START.length; index += 1) {
      const byte = piece[index] as number
      // an empty line before a message is ignored (section 2.2)
      if (this.#at === 0 && (byte === CR || byte === LF)) continue
      const fits = this.#at < START.length ? byte === START[this.#at] : MINOR.includes(byte)
      if (!fits) return false
      this.#at += 1
    }
    return true
  }
}
