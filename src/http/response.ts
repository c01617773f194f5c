import http from 'node:http'

/**
 * The largest body that is copied to be sent together with its head. Copying a larger one takes longer than sending a
 * second buffer does.
 */
const MOST_TOGETHER_BYTES = 16 * 1024

/**
 * A response that hands its head and a small body to the kernel in one piece. Node does so with a string only: for a
 * buffer it makes a list of two (writev), which costs several percent of a small answer.
 */
export class Response extends http.ServerResponse {
  override end(callback?: () => void): this
  override end(chunk: unknown, callback?: () => void): this
  override end(chunk: unknown, encoding: BufferEncoding, callback?: () => void): this
  override end(...args: unknown[]): this {
    const [chunk, ...rest] = args
    if (!Buffer.isBuffer(chunk) || chunk.length > MOST_TOGETHER_BYTES)
      return super.end(...(args as [unknown, BufferEncoding]))
    // one character for each byte, which are the same bytes again when they are sent as latin1
    return super.end(chunk.toString('latin1'), 'latin1', rest.find((one) => typeof one === 'function') as () => void)
  }
}
