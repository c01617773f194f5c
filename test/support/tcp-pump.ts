import type { Socket } from 'node:net'
import { firstOf } from './first-of.ts'

/** How a proxy disturbs the bytes, in both directions except for `cutAfterBytes`. Null is off. */
export interface Modes {
  /** The delay of each byte, in each direction. */
  latencyMs: number | null
  bytesPerSecond: number | null
  /** The most bytes of one write; each slice is written in its own turn of the event loop. */
  sliceBytes: number | null
  /** Ends the connection when the upstream has sent this many bytes. */
  cutAfterBytes: number | null
  cut: 'fin' | 'rst'
  /** Forwards nothing, not even the end of the connection, until it is switched off. */
  stall: boolean
}

const mostHeldBytes = 1024 * 1024

/** Forwards the bytes of `from`, and how it ends. Calls `cut`, if given, after `cutAfterBytes`. */
export function pump(from: Socket, to: Socket, modes: Modes, cut: (() => void) | null): void {
  let tail: Promise<void> = Promise.resolve()
  let held = 0
  let passed = 0
  const later = (act: () => Promise<void> | void) => {
    const at = performance.now()
    tail = tail.then(() => arrive(to, modes, at)).then(act)
  }
  const pass = async (chunk: Buffer) => {
    const left = cut === null || modes.cutAfterBytes === null ? Number.POSITIVE_INFINITY : modes.cutAfterBytes - passed
    await write(to, chunk.subarray(0, Math.max(0, left)), modes)
    passed += chunk.length
    held -= chunk.length
    if (chunk.length >= left) cut?.()
    from.resume()
  }
  from.on('data', (data) => {
    const chunk = data as Buffer
    held += chunk.length
    if (held > mostHeldBytes) from.pause()
    later(() => pass(chunk))
  })
  from.on('end', () => later(() => void to.end()))
  from.on('close', (failed) => later(() => void (failed ? to.resetAndDestroy() : to.destroySoon())))
}

/** Waits until bytes that were read at `at` have been delayed by `latencyMs`, and `stall` is off. */
async function arrive(to: Socket, modes: Modes, at: number): Promise<void> {
  await sleep(to, at + (modes.latencyMs ?? 0) - performance.now())
  await unstalled(to, modes)
}

async function unstalled(to: Socket, modes: Modes): Promise<void> {
  while (modes.stall && !to.destroyed) await sleep(to, 2)
}

async function write(to: Socket, bytes: Buffer, modes: Modes): Promise<void> {
  for (let at = 0; at < bytes.length && !to.destroyed; ) {
    const slice = bytes.subarray(at, at + mostAtOnce(modes))
    at += slice.length
    if (modes.bytesPerSecond !== null) await sleep(to, (slice.length / modes.bytesPerSecond) * 1000)
    await unstalled(to, modes)
    // Wait for the flush, so that a later reset does not discard these bytes.
    await new Promise((resolve) => to.write(slice, resolve))
    if (modes.sliceBytes !== null) await new Promise((resolve) => setImmediate(resolve))
  }
}

/** The most bytes of one write; with a bandwidth, the bytes of 10 ms. */
function mostAtOnce({ sliceBytes, bytesPerSecond }: Modes): number {
  const most = Math.min(sliceBytes ?? Infinity, bytesPerSecond === null ? Infinity : bytesPerSecond / 100)
  return Math.max(1, Math.floor(most))
}

async function sleep(socket: Socket, ms: number): Promise<void> {
  if (ms > 0 && !socket.destroyed) await firstOf(socket, ['close'], ms)
}
