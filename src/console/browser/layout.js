/** Where things stand in the waterfall, as shares of its width (0 to 1). Nothing here knows the page. */

/**
 * A call as a bar, in milliseconds since the start of the answer.
 *
 * @typedef {object} Bar
 * @property {number} startMs Before it, the call waited for others.
 * @property {number | null} endMs Null while it runs.
 */

/**
 * @typedef {object} Layout
 * @property {number} scaleMs What the whole width stands for.
 * @property {readonly { ms: number, at: number, hasRoom: boolean }[]} ticks `hasRoom`: for its label, before the deadline.
 * @property {{ at: number, isBeyond: boolean }} deadline `isBeyond`: it is right of what is shown.
 * @property {readonly { from: number, to: number }[]} bars In the order given.
 */

/**
 * @param {readonly Bar[]} bars
 * @param {number} nowMs How far calls that run have come.
 * @param {number} deadlineMs
 * @returns {Layout}
 */
export function layoutOf(bars, nowMs, deadlineMs) {
  const ends = bars.map(({ endMs }) => endMs ?? nowMs)
  const scaleMs = scaleFor(Math.max(0, ...ends), deadlineMs)
  const share = (/** @type {number} */ ms) => Math.min(1, Math.max(0, ms / scaleMs))
  return {
    scaleMs,
    ticks: ticksFor(scaleMs).map((ms) => ({ ms, at: share(ms), hasRoom: hasRoom(share(ms), share(deadlineMs)) })),
    deadline: { at: share(deadlineMs), isBeyond: deadlineMs > scaleMs },
    bars: bars.map(({ startMs }, index) => {
      const end = ends[index] ?? 0
      return { from: share(Math.min(startMs, end)), to: share(end) }
    }),
  }
}

const LABEL = 0.14

/**
 * @param {number} at
 * @param {number} deadlineAt
 */
function hasRoom(at, deadlineAt) {
  return at > deadlineAt || deadlineAt - at >= LABEL || deadlineAt === 1
}

/** Below it, all bars look alike. */
const SHORTEST_MS = 20
const STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10]

/**
 * A round number with a little room to the right. The deadline is in sight where that costs at most half of the width.
 *
 * @param {number} longestMs
 * @param {number} deadlineMs
 */
function scaleFor(longestMs, deadlineMs) {
  const needed = roundUp(Math.max(SHORTEST_MS, longestMs * 1.05))
  return deadlineMs <= needed * 2 ? Math.max(needed, deadlineMs * 1.08) : needed
}

/** @param {number} ms */
function roundUp(ms) {
  const power = 10 ** Math.floor(Math.log10(ms))
  return (STEPS.find((step) => step * power >= ms) ?? 10) * power
}

/**
 * Round numbers from 0, five at most. None at the very end: its label would have no room.
 *
 * @param {number} scaleMs
 */
function ticksFor(scaleMs) {
  const power = 10 ** Math.floor(Math.log10(scaleMs / 4))
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power * 4.5 >= scaleMs) ?? 10) * power
  return Array.from({ length: Math.floor((scaleMs * 0.96) / step) + 1 }, (_, index) => index * step)
}
