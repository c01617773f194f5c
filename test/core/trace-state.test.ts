import t from 'tap'
import { readTraceState } from '../../src/core/trace-state.ts'

const members = (count: number): string => Array.from({ length: count }, (_, index) => `k${index}=v`).join(',')

t.test('a valid list is passed on as it came, without the spaces around its members', async (t) => {
  for (const [header, passed] of [
    ['congo=t61rcWkgMzE', 'congo=t61rcWkgMzE'],
    ['a=1,b=2', 'a=1,b=2'],
    ['a=1 ,\t b=2', 'a=1,b=2'],
    ['a=1,,b=2,', 'a=1,b=2'],
    ['a= x y', 'a= x y'],
    ['fw529a3039@dt=FfffAQ', 'fw529a3039@dt=FfffAQ'],
    ['0a-b_c*d/e@f-g=~!#$%&*+-./:;<>?@[]^_`{|}', '0a-b_c*d/e@f-g=~!#$%&*+-./:;<>?@[]^_`{|}'],
    [`${'z'.repeat(256)}=1`, `${'z'.repeat(256)}=1`],
    [`${'t'.repeat(241)}@${'v'.repeat(14)}=1`, `${'t'.repeat(241)}@${'v'.repeat(14)}=1`],
    [`a=${'x'.repeat(256)}`, `a=${'x'.repeat(256)}`],
    [members(32), members(32)],
  ] as const)
    t.equal(readTraceState(header), passed, header)
})

t.test('a list that breaks a rule is dropped (W3C Trace Context, section 3.3)', async (t) => {
  for (const header of [
    undefined,
    '',
    ' , ',
    'a',
    'a=',
    '=1',
    'a=1,b',
    'A=1',
    '0a=1',
    '-a=1',
    'a b=1',
    'a =1',
    '@a=1',
    'a@=1',
    'a@0b=1',
    'a@b@c=1',
    `${'z'.repeat(257)}=1`,
    `${'t'.repeat(242)}@v=1`,
    `t@${'v'.repeat(15)}=1`,
    `a=${'x'.repeat(257)}`,
    'a=1=2',
    'a=ä',
    'a=\u0001',
    'a=1,b=2,a=3',
    members(33),
  ])
    t.equal(readTraceState(header), null, String(header))
})

t.test('of a list above 512 characters, long members are dropped first, then the last ones', async (t) => {
  const long = (name: string) => `${name}=${'x'.repeat(127)}`
  const short = (name: string) => `${name}=${'x'.repeat(126)}`
  t.equal(
    readTraceState([long('a'), short('b'), short('c'), long('d'), short('e')].join(',')),
    [short('b'), short('c'), short('e')].join(','),
  )
  t.equal(readTraceState(['a', 'b', 'c', 'd'].map(short).join(',')), ['a', 'b', 'c'].map(short).join(','))
  t.equal(
    readTraceState(
      ['a', 'b', 'c']
        .map(short)
        .concat(`d=${'x'.repeat(123)}`)
        .join(','),
    )?.length,
    512,
  )
  t.equal(readTraceState([`a=${'x'.repeat(256)}`, `b=${'x'.repeat(256)}`].join(',')), null)
})
