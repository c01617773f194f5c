import fc from 'fast-check'
import t from 'tap'
import { layoutOf } from '../../../src/console/browser/layout.js'

t.test('bars stand where their times are', async (t) => {
  const { scaleMs, bars, deadline } = layoutOf(
    [
      { startMs: 0, endMs: 50 },
      { startMs: 50, endMs: 80 },
      { startMs: 0, endMs: null },
    ],
    95,
    2000,
  )
  t.equal(scaleMs, 100)
  t.same(bars, [
    { from: 0, to: 0.5 },
    { from: 0.5, to: 0.8 },
    { from: 0, to: 0.95 },
  ])
  t.same(deadline, { at: 1, isBeyond: true })
})

t.test('the deadline is in sight once the calls have come half as far', async (t) => {
  const bars = [{ startMs: 0, endMs: null }]
  t.equal(layoutOf(bars, 350, 1000).deadline.isBeyond, true)
  const { deadline, scaleMs } = layoutOf(bars, 480, 1000)
  t.same(deadline, { at: 1000 / scaleMs, isBeyond: false })
  t.ok(deadline.at > 0.9 && deadline.at < 1)
  t.ok(layoutOf([{ startMs: 0, endMs: 1040 }], 0, 1000).deadline.at < 1, 'a call may end after it')
})

t.test('whatever the times are, everything is inside, and the ticks are few', async () => {
  const time = fc.double({ min: 0, max: 120_000, noNaN: true })
  const bar = fc.record({ startMs: time, endMs: fc.option(time) })
  fc.assert(
    fc.property(fc.array(bar, { maxLength: 64 }), time, fc.integer({ min: 1, max: 60_000 }), (bars, now, deadline) => {
      const layout = layoutOf(bars, now, deadline)
      const inside = (share: number) => share >= 0 && share <= 1
      return (
        layout.bars.length === bars.length &&
        layout.bars.every(({ from, to }) => inside(from) && inside(to) && from <= to) &&
        inside(layout.deadline.at) &&
        layout.ticks.length >= 2 &&
        layout.ticks.length <= 6 &&
        layout.ticks.every(({ at }) => inside(at)) &&
        layout.ticks[0]?.ms === 0
      )
    }),
  )
})

t.test('nothing yet', async (t) => {
  t.match(layoutOf([], 0, 2000), { scaleMs: 20, bars: [] })
  t.match(layoutOf([{ startMs: 0, endMs: 0.2 }], 0, 2000), { scaleMs: 20, bars: [{ from: 0, to: 0.01 }] })
})

t.test('a tick right before the deadline leaves the room to its label', async (t) => {
  const { ticks } = layoutOf([{ startMs: 0, endMs: 1000 }], 0, 1200)
  t.same(
    ticks.map(({ ms, hasRoom }) => [ms, hasRoom]),
    [
      [0, true],
      [500, true],
      [1000, false],
    ],
  )
})
