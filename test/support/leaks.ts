import { createHook } from 'node:async_hooks'
import { type EventEmitter, getEventListeners } from 'node:events'
import type { Owner } from './owner.ts'

/**
 * The resource types that count. async_hooks reports them, because `process.getActiveResourcesInfo()` omits unref'd
 * resources, such as idle sockets of a pool and many timers. For a TLS socket, its TCPWRAP counts: after a failed
 * handshake, its own handle is only destroyed by garbage collection.
 */
const kinds = new Set([
  'Timeout',
  'TCPWRAP',
  'TCPCONNECTWRAP',
  'TCPSERVERWRAP',
  'PIPEWRAP',
  'PROCESSWRAP',
  'UDPWRAP',
  'WORKER',
  'GETADDRINFOREQWRAP',
  'QUERYWRAP',
  'FSEVENTWRAP',
])

export interface Leaks {
  /** Resources created since the start and not destroyed, with the place of creation. Updated a turn or two late. */
  remaining(): string[]
  /**
   * Waits until nothing remains; throws a list of the rest if that takes longer than `withinMs`. The default is enough
   * for timers of Node and undici that end by themselves within a second (the Date header's, undici's coarse clock).
   */
  assertNone(withinMs?: number): Promise<void>
}

type Emitter = EventEmitter | AbortSignal

/** Tracks sockets, timers and similar resources created from now on, and listeners of `emitters` and the process. */
export function trackLeaks(t: Owner, emitters: readonly Emitter[] = []): Leaks {
  const alive = new Map<number, string>()
  let ours = false
  const hook = createHook({
    init: (id, kind) => void (!ours && kinds.has(kind) && alive.set(id, `${kind} ${madeAt()}`)),
    destroy: (id) => void alive.delete(id),
  }).enable()
  t.teardown(() => hook.disable())
  const watched = [process, ...emitters]
  const before = watched.map(listenersOf)
  const remaining = () => [...alive.values(), ...watched.flatMap((emitter, at) => more(emitter, before[at]))]
  const pause = () => {
    ours = true
    const paused = new Promise((resolve) => setTimeout(resolve, 5))
    ours = false
    return paused
  }
  return { remaining, assertNone: (withinMs = 2000) => untilNone(remaining, pause, withinMs) }
}

async function untilNone(remaining: () => string[], pause: () => Promise<unknown>, withinMs: number): Promise<void> {
  const until = performance.now() + withinMs
  while (remaining().length > 0 && performance.now() < until) await pause()
  const left = remaining()
  if (left.length > 0) throw new Error(`${left.length} left after ${withinMs} ms:\n${grouped(left)}`)
}

/** The first stack frames outside Node, else those of Node; an accepted socket has neither. */
function madeAt(): string {
  const frames = (new Error().stack ?? '').split('\n').slice(3)
  const useful = frames.filter((frame) => !frame.includes('async_hooks') && !frame.includes('leaks.ts'))
  const foreign = useful.filter((frame) => !frame.includes('node:'))
  const shown = (foreign.length > 0 ? foreign : useful).slice(0, 3)
  return shown.length > 0 ? shown.join('').trim().replace(/\s+/g, ' ') : '(accepted)'
}

function grouped(lines: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts].map(([line, count]) => `  ${count} x ${line}`).join('\n')
}

type Counts = Map<string | symbol, number>

function listenersOf(emitter: Emitter): Counts {
  if (!('eventNames' in emitter)) return new Map([['abort', getEventListeners(emitter, 'abort').length]])
  return new Map(emitter.eventNames().map((name) => [name, emitter.listenerCount(name)]))
}

function more(emitter: Emitter, before: Counts | undefined): string[] {
  return [...listenersOf(emitter)]
    .filter(([name, count]) => count > (before?.get(name) ?? 0))
    .map(
      ([name, count]) =>
        `${count - (before?.get(name) ?? 0)} listeners for '${String(name)}' on ${emitter.constructor.name}`,
    )
}
