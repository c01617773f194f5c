import t from 'tap'
import { formatMs } from '../../../src/config/text/units.ts'
import { configOf, MINIMAL, oneSource, problemsOf, sourceOf } from '../support.ts'

t.test('durations', async (t) => {
  const written = { '1ms': 1, '800ms': 800, '2s': 2000, '1.5s': 1500, '1m': 60_000, '1h': 3_600_000, '1d': 86_400_000 }
  for (const [text, ms] of Object.entries(written)) t.equal(sourceOf(`timeout: ${text}`).timeoutMs, ms, text)
  t.equal(sourceOf('timeout: 2147483647ms').timeoutMs, 2_147_483_647)
  for (const zero of ['0', '"0"', '0s', '0ms']) {
    t.equal(configOf(`server: { drainDelay: ${zero} }\n${MINIMAL}`).server.drainDelayMs, 0, zero)
  }
})

t.test('invalid durations', async (t) => {
  const problem = (text: string) => problemsOf(oneSource(`timeout: ${text}`))
  const at = 'sources.a.timeout (line 3): '
  t.same(problem('10'), [`${at}10 has no unit; write for example 10ms, 2s or 1m`])
  t.same(problem('"10"'), [`${at}"10" has no unit; write for example 10ms, 2s or 1m`])
  t.same(problem('-1'), [`${at}-1 has no unit; write for example 10ms, 2s or 1m`])
  t.same(problem('-1s'), [`${at}"-1s" is no duration; write for example 10ms, 2s or 1m`])
  t.same(problem('1 s'), [`${at}"1 s" is no duration; write for example 10ms, 2s or 1m`])
  t.same(problem('1S'), [`${at}"1S" is no duration; write for example 10ms, 2s or 1m`])
  t.same(problem('1w'), [`${at}"1w" is no duration; write for example 10ms, 2s or 1m`])
  t.same(problem('soon'), [`${at}"soon" is no duration; write for example 10ms, 2s or 1m`])
  t.same(problem('0.5ms'), [`${at}"0.5ms" is not a whole number of milliseconds`])
  t.same(problem('0'), [`${at}0 must be above 0`])
  t.same(problem('0s'), [`${at}"0s" must be above 0`])
  t.same(problem('2147483648ms'), [`${at}"2147483648ms" is too long: timers end at 24d (2147483647ms)`])
  t.same(problem('25d'), [`${at}"25d" is too long: timers end at 24d (2147483647ms)`])
  t.same(problem('true'), [`${at}true must be a string with a unit, such as 10ms or 1mb`])
  t.same(problem('[1s]'), [`${at}is a list and must be a string with a unit, such as 10ms or 1mb`])
  t.same(problem(''), [`${at}has no value and must be a string with a unit, such as 10ms or 1mb`])
  t.match(problem(`${'9'.repeat(200)}s`)[0], /^sources\.a\.timeout \(line 3\): "9{59}…" is /, 'long ones are cut')
})

t.test('sizes', async (t) => {
  const written = { '1b': 1, '512kb': 524_288, '1mb': 1_048_576, '1.5kb': 1536, '1gb': 1_073_741_824 }
  for (const [text, bytes] of Object.entries(written)) t.equal(sourceOf(`maxBytes: ${text}`).maxBytes, bytes, text)
})

t.test('invalid sizes', async (t) => {
  const problem = (text: string) => problemsOf(oneSource(`maxBytes: ${text}`))
  const at = 'sources.a.maxBytes (line 3): '
  t.same(problem('1024'), [`${at}1024 has no unit; write for example 512b, 64kb or 1mb`])
  t.same(problem('1MB'), [`${at}"1MB" is no size; write for example 512b, 64kb or 1mb`])
  t.same(problem('1tb'), [`${at}"1tb" is no size; write for example 512b, 64kb or 1mb`])
  t.same(problem('0'), [`${at}0 must be above 0`])
  t.same(problem('0kb'), [`${at}"0kb" must be above 0`])
  t.same(problem('99999999999gb'), [`${at}"99999999999gb" is too large`])
})

t.test('durations are shown in the largest unit that fits', async (t) => {
  t.same([0, 1, 1500, 2000, 60_000, 3_600_000, 86_400_000].map(formatMs), [
    '0ms',
    '1ms',
    '1500ms',
    '2s',
    '1m',
    '1h',
    '1d',
  ])
})
