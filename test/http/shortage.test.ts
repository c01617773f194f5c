import { getHeapStatistics } from 'node:v8'
import t from 'tap'
import { oldLimit } from '../../src/http/shortage.ts'

const MIB = 1024 * 1024

t.test('the limit of the old generation is what the young one leaves', async (t) => {
  t.equal(oldLimit(88 * MIB, ['--max-semi-space-size=8', '--max-old-space-size=64']), 64 * MIB)
  t.equal(oldLimit(88 * MIB, ['--max_semi_space_size=32', '', '--max-semi-space-size=8']), 64 * MIB, 'the last counts')
  t.equal(
    oldLimit(60 * MIB, ['--max-semi-space-size=64']),
    20 * MIB,
    'never nothing, so that not all is refused for ever',
  )
})

t.test('without flags it is that of V8: whole GiB, or half of what the machine has', async (t) => {
  const young = getHeapStatistics().heap_size_limit - oldLimit(getHeapStatistics().heap_size_limit, [])
  t.ok([96, 192].includes(young / MIB), `${young / MIB} MiB for new objects`)
})
