import fc from 'fast-check'
import t from 'tap'
import { compileTemplate, type TemplateValue } from '../../src/source/template.ts'

/** Pairs of a query whose value is one expression: `page-size={size}`, `ids[]={ids*}`. */

const H = 'https://api.example'
type Values = Readonly<Record<string, TemplateValue | undefined>>

function expand(template: string, values: Values = {}): string {
  const result = compileTemplate(H + template).expand(values)
  return 'path' in result ? result.path : `problem: ${result.problem}`
}

t.test('a pair is left out when its value is absent, wherever it stands', async (t) => {
  const three = '/a?x-1={a}&x-2={b}&x-3={c}'
  t.equal(expand(three), '/a')
  t.equal(expand(three, { a: 1 }), '/a?x-1=1')
  t.equal(expand(three, { b: 1 }), '/a?x-2=1')
  t.equal(expand(three, { c: 1 }), '/a?x-3=1')
  t.equal(expand(three, { a: 1, c: 2 }), '/a?x-1=1&x-3=2')
  t.equal(expand(three, { b: 1, c: 2 }), '/a?x-2=1&x-3=2')
  t.equal(expand(three, { a: null, b: [], c: {} }), '/a')
  t.equal(expand(three, { a: '', b: [''], c: 0 }), '/a?x-1=&x-2=&x-3=0', 'an empty text is no absent one')
})

t.test('beside literal pairs and expressions', async (t) => {
  t.equal(expand('/a?k=1&x-1={a}&l=2', {}), '/a?k=1&l=2')
  t.equal(expand('/a?x-1={a}&k=1', {}), '/a?k=1')
  t.equal(expand('/a?x-1={a}&k', {}), '/a?k')
  t.equal(expand('/a{?q}&x-1={a}&k=1', {}), '/a?k=1')
  t.equal(expand('/a{?q}&x-1={a}', { a: 1 }), '/a?x-1=1')
  t.equal(expand('/a{?q}&x-1={a}', { q: 1 }), '/a?q=1')
  t.equal(expand('/a?x-1={a}{&b}', {}), '/a')
  t.equal(expand('/a?x-1={a}{&b}', { b: 1 }), '/a?b=1')
  t.equal(expand('/a?x-1={a}{&b}{#c}', { b: 1, c: 2 }), '/a?b=1')
  t.equal(expand('/a?x-1={a}{#c}', { c: 2 }), '/a')
  t.equal(expand('/a?x-1={a}{&b}&x-2={c}', { c: '?' }), '/a?x-2=%3F')
  t.equal(expand('?x-1={a}'), '/')
  t.equal(expand('{/p}?x-1={a}', { a: 1 }), '/?x-1=1')
  t.equal(expand('/{p}?x-1={a}', { a: 1, p: '..' }), 'problem: the path segment of "p" would be "." or ".."')
})

t.test('every form of expression may be the value', async (t) => {
  t.equal(expand('/a?x={a,b}'), '/a')
  t.equal(expand('/a?x={a,b}', { b: 2 }), '/a?x=2')
  t.equal(expand('/a?x={a:2}', { a: 'xyz' }), '/a?x=xy')
  t.equal(expand('/a?x={+a}', { a: '/b' }), '/a?x=/b')
  t.equal(expand('/a?x={.a}', { a: 'b' }), '/a?x=.b')
  t.equal(expand('/a?x={+a}'), '/a')
})

t.test('a value that is more than one expression stays', async (t) => {
  t.equal(expand('/a?x=1{a}'), '/a?x=1')
  t.equal(expand('/a?x={a}1'), '/a?x=1')
  t.equal(expand('/a?x={a}{b}'), '/a?x=')
  t.equal(expand('/a?x={a},{b}', { b: 1 }), '/a?x=,1')
  t.equal(expand('/a?x=y={a}'), '/a?x=y=')
  t.equal(expand('/a?{a}'), '/a?')
  t.equal(expand('/a?={a}'), '/a?=')
  t.equal(expand('/a?x={a}?y={b}'), '/a?x=?y=')
  t.equal(expand('/a&x={a}'), '/a&x=', 'no query has begun')
})

t.test('an exploded list repeats its pair', async (t) => {
  t.equal(expand('/a?ids[]={ids*}', { ids: [1, 2] }), '/a?ids[]=1&ids[]=2')
  t.equal(expand('/a?k=1&ids[]={ids*}{&b}', { ids: ['a&b', 'ü'], b: 2 }), '/a?k=1&ids[]=a%26b&ids[]=%C3%BC&b=2')
  t.equal(expand('/a?ids[]={ids*}&x-1={a}', { ids: [], a: 1 }), '/a?x-1=1')
  t.equal(expand('/a?x-id={ids*}', { ids: 7 }), '/a?x-id=7', 'a scalar')
  t.equal(expand('/a?x-id={ids*}', { ids: [null, 1, null, 2] }), '/a?x-id=1&x-id=2')
  t.equal(expand('/a?x-id={ids}', { ids: [1, 2] }), '/a?x-id=1,2', 'not exploded')
  t.equal(expand('/a?f={a*,b*}', { a: [1, 2], b: [3] }), '/a?f=1&f=2&f=3')
  t.equal(expand('/a?f={a*,b}', { a: [1, 2], b: [3] }), '/a?f=1,2,3')
  t.equal(expand('/a?f={+a*}', { a: ['/b', '/c'] }), '/a?f=/b&f=/c')
  t.equal(expand('/a?f={a*}', { a: { b: 1, c: 2 } }), '/a?f=b=1&f=c=2')
})

t.test('brackets are copied, as RFC 6570 has it', async (t) => {
  t.equal(expand('/a[1]?page[size]=5&x={a}'), '/a[1]?page[size]=5')
  t.equal(expand('/a?page[size]={a}&[]=&%5B={b}', { a: 1, b: 2 }), '/a?page[size]=1&[]=&%5B=2')
  t.equal(expand('/a{?q}&page[size]=5', {}), '/a?page[size]=5')
})

const name = fc.constantFrom('a', 'b', 'c')
const scalar = fc.oneof(
  fc.string({ unit: 'grapheme' }).filter((text) => !/[\0\r\n]/.test(text)),
  fc.integer(),
)
const value = fc.oneof(fc.constant(undefined), scalar, fc.array(scalar, { maxLength: 3 }))
const values = fc.record({ a: value, b: value, c: value })

t.test('written-out pairs are what {?a,b} writes', async () => {
  const variable = fc.tuple(name, fc.boolean()).map(([of, explode]) => ({ of, text: `${of}${explode ? '*' : ''}` }))
  fc.assert(
    fc.property(fc.array(variable, { minLength: 1, maxLength: 4 }), values, (list, given) => {
      const pairs = list.map(({ of, text }) => `${of}={${text}}`).join('&')
      return expand(`/p?${pairs}`, given) === expand(`/p{?${list.map(({ text }) => text).join(',')}}`, given)
    }),
    { numRuns: 1000 },
  )
})

t.test('a query has the present pairs, each with its items, in order', async () => {
  const literal = fc.constantFrom('k=1', 'l')
  const pair = fc.record({ of: name, key: fc.constantFrom('x-1', 'ids[]', 'p[q]', 'a'), explode: fc.boolean() })
  const part = fc.oneof(literal, pair, fc.record({ and: name }))
  const start = fc.option(name)
  fc.assert(
    fc.property(start, fc.array(part, { minLength: 1, maxLength: 5 }), values, (first, parts, given) => {
      const texts = parts.map((one) => {
        if (typeof one === 'string') return `&${one}`
        return 'and' in one ? `{&${one.and}}` : `&${one.key}={${one.of}${one.explode ? '*' : ''}}`
      })
      const joined = first === null ? texts.join('').replace(/^&/, '?') : `{?${first}}${texts.join('')}`
      // "{&a}" cannot begin a query
      fc.pre(!joined.startsWith('{&'))
      const wanted = [
        ...(first === null ? [] : entriesOf(first, given[first], false)),
        ...parts.flatMap((one) => {
          if (typeof one === 'string') return [one.split('=')]
          return 'and' in one
            ? entriesOf(one.and, given[one.and], false)
            : entriesOf(one.key, given[one.of], one.explode)
        }),
      ]
      const path = expand(`/p${joined}`, given)
      const query = path.slice('/p'.length)
      const found = query === '' ? [] : query.slice(1).split('&').map(read)
      const isClean = query === '' || (query.startsWith('?') && !query.slice(1).includes('?'))
      return isClean && JSON.stringify(found) === JSON.stringify(wanted)
    }),
    { numRuns: 3000 },
  )
})

function entriesOf(key: string, value: string | number | (string | number)[] | undefined, explode: boolean) {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return []
  if (!Array.isArray(value)) return [[key, String(value)]]
  return explode ? value.map((item) => [key, String(item)]) : [[key, value.join(',')]]
}

function read(pair: string): string[] {
  const at = pair.indexOf('=')
  return (at < 0 ? [pair] : [pair.slice(0, at), pair.slice(at + 1)]).map(decodeURIComponent)
}
