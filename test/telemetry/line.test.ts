import fc from 'fast-check'
import { pino } from 'pino'
import t from 'tap'
import { writeLine } from '../../src/telemetry/line.ts'

function loggerAt(level: string) {
  const lines: string[] = []
  const logger = pino({ level, base: null }, { write: (line) => void lines.push(line) })
  return { logger, lines }
}

const FIELDS = {
  reqId: '4f',
  traceId: 'a"b\\c\u0000\u2028\ud800é',
  failed: [],
  sources: ['one', 'two'],
  view: null,
  partial: false,
  latencyMs: 12.25,
  odd: Number.NaN,
  absent: undefined,
}

t.test('a line is what pino writes', async (t) => {
  for (const level of ['info', 'warn'] as const) {
    const { logger, lines } = loggerAt('trace')
    logger[level](FIELDS, 'upstream')
    writeLine(logger, level, FIELDS, 'upstream')
    const [theirs, ours] = lines.map((line) => line.replace(/"time":\d+/, '"time":0'))
    t.equal(ours, theirs)
    t.match(lines[1], /"time":1\d{12},/)
  }
})

t.test('any text and number is written as pino writes it', async (t) => {
  const field = fc.oneof(fc.string({ unit: 'binary' }), fc.double(), fc.boolean(), fc.constant(null))
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]+$/), field, { minKeys: 1 }), (fields) => {
      const { logger, lines } = loggerAt('info')
      logger.info(fields, 'aggregate')
      writeLine(logger, 'info', fields, 'aggregate')
      const [theirs, ours] = lines.map((line) => JSON.parse(line.replace(/"time":\d+/, '"time":0')))
      t.strictSame(ours, theirs)
    }),
  )
})

t.test('a level that is off writes nothing', async (t) => {
  const { logger, lines } = loggerAt('warn')
  writeLine(logger, 'info', FIELDS, 'upstream')
  t.same(lines, [])
  writeLine(logger, 'warn', FIELDS, 'upstream')
  t.equal(lines.length, 1)
})
