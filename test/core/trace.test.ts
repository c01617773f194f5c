import fc from 'fast-check'
import t from 'tap'
import * as trace from '../../src/core/trace.ts'
import { newSpanId, type Trace, traceparent } from '../../src/core/trace.ts'

const TRACE = '0af7651916cd43dd8448eb211c80319c'
const PARENT = 'b7ad6b7169203331'
const GIVEN = `00-${TRACE}-${PARENT}-01`

const readTrace = (header: string | undefined, state?: string): Trace =>
  trace.readTrace({ traceparent: header, tracestate: state })
const sent = ({ traceId, flags }: Trace): string => traceparent(traceId, newSpanId(), flags)

const hex = (length: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`))
const headers = fc.oneof(
  fc.constant(undefined),
  fc.string(),
  fc.tuple(hex(2), hex(32), hex(16), hex(2)).map((parts) => parts.join('-')),
  fc.tuple(hex(2), hex(32), hex(16), hex(2), fc.string()).map((parts) => parts.join('-')),
)

t.test(
  'the header that is sent is always a valid traceparent of version 00 (W3C Trace Context, section 3.2.2)',
  async () => {
    fc.assert(
      fc.property(headers, (header) => {
        const [, traceId = '', parentId = ''] =
          /^00-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}$/.exec(sent(readTrace(header))) ?? []
        return /[^0]/.test(traceId) && /[^0]/.test(parentId)
      }),
    )
  },
)

t.test('a valid traceparent is continued: same trace id and flag, new span id', async (t) => {
  t.match(readTrace(GIVEN), { traceId: TRACE, parentId: PARENT, spanId: /^[\da-f]{16}$/, flags: '01', state: null })
  t.not(readTrace(GIVEN).spanId, readTrace(GIVEN).spanId, 'each request has a span of its own')
  t.equal(readTrace(`00-${TRACE}-${PARENT}-00`).flags, '00', 'a trace that is not recorded stays that')
  const [first, second] = [sent(readTrace(GIVEN)), sent(readTrace(GIVEN))]
  t.match(first, new RegExp(`^00-${TRACE}-[0-9a-f]{16}-01$`))
  t.notMatch(first, PARENT)
  t.not(first, second, 'each attempt has a span of its own')
})

t.test('flags that version 00 does not define are not passed on (section 3.2.2.5)', async (t) => {
  t.match(sent(readTrace(`00-${TRACE}-${PARENT}-fd`)), /-0[01]$/)
  t.match(sent(readTrace(`cc-${TRACE}-${PARENT}-f1-more`)), /-01$/)
})

t.test('of a later version the known part is read (section 4.3)', async (t) => {
  t.equal(readTrace(`cc-${TRACE}-${PARENT}-01`).traceId, TRACE)
  t.equal(readTrace(`01-${TRACE}-${PARENT}-01-what-comes-then`).traceId, TRACE)
})

t.test('an invalid traceparent starts a new, recorded trace', async (t) => {
  for (const header of [
    undefined,
    '',
    GIVEN.toUpperCase(),
    ` ${GIVEN}`,
    `${GIVEN}-more`,
    `${GIVEN}0`,
    `ff-${TRACE}-${PARENT}-01`,
    `00-${'0'.repeat(32)}-${PARENT}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `00-${TRACE}-${PARENT}`,
    `00-${TRACE.slice(1)}-${PARENT}-01`,
    `${GIVEN}, ${GIVEN}`,
  ]) {
    const { traceId, parentId, flags, state } = readTrace(header, 'a=1')
    t.same([parentId, state], [null, null], 'a state without its trace means nothing')
    t.match([traceId, flags], [/^[\da-f]{32}$/, '01'], String(header))
    t.match(traceId, /[^0]/, String(header))
    t.not(traceId, TRACE, String(header))
  }
})

t.test('new trace ids differ, also across blocks of random bytes', async (t) => {
  const ids = Array.from({ length: 1000 }, () => readTrace(undefined).traceId)
  t.equal(new Set(ids).size, ids.length)
})

t.test('the state comes with a valid traceparent', async (t) => {
  t.equal(readTrace(GIVEN, 'a=1').state, 'a=1')
  t.equal(readTrace(GIVEN, 'A=1').state, null)
  t.equal(readTrace(GIVEN, 'A=1').traceId, TRACE, 'a state that is not valid leaves the trace as it is')
})

t.test('the sampler decides, and knows what the client decided', async (t) => {
  const asked: unknown[] = []
  const sampler = (traceId: string, client: boolean | null): boolean => {
    asked.push([traceId, client])
    return client !== true
  }
  const flagsOf = (traceparent?: string) => trace.readTrace({ traceparent }, sampler).flags
  t.same([flagsOf(GIVEN), flagsOf(`00-${TRACE}-${PARENT}-00`), flagsOf()], ['00', '01', '01'])
  t.match(asked, [
    [TRACE, true],
    [TRACE, false],
    [/^[\da-f]{32}$/, null],
  ])
})
