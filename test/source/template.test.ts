import fc from 'fast-check'
import t from 'tap'
import { compileTemplate, TemplateError, type TemplateValue } from '../../src/source/template.ts'

const H = 'https://api.example'

function expand(template: string, values: Record<string, TemplateValue | undefined> = {}): string {
  const result = compileTemplate(template).expand(values)
  return 'path' in result ? result.path : `problem: ${result.problem}`
}

function refusal(template: string): string {
  try {
    compileTemplate(template)
    return 'accepted'
  } catch (error) {
    return error instanceof TemplateError ? error.message : `not a TemplateError: ${error}`
  }
}

// The variables of RFC 6570 section 3.2.
const RFC = {
  count: ['one', 'two', 'three'],
  dom: ['example', 'com'],
  dub: 'me/too',
  hello: 'Hello World!',
  half: '50%',
  var: 'value',
  who: 'fred',
  base: 'http://example.com/home/',
  path: '/foo/bar',
  list: ['red', 'green', 'blue'],
  keys: { semi: ';', dot: '.', comma: ',' },
  v: '6',
  x: '1024',
  y: '768',
  empty: '',
  empty_keys: [],
  undef: null,
}

t.test('expands as RFC 6570 says', async (t) => {
  const examples: Record<string, string> = {
    '/{count}': '/one,two,three',
    '/{count*}': '/one,two,three',
    '{/count}': '/one,two,three',
    '{/count*}': '/one/two/three',
    '/a{;count}': '/a;count=one,two,three',
    '/a{;count*}': '/a;count=one;count=two;count=three',
    '{?count}': '/?count=one,two,three',
    '{?count*}': '/?count=one&count=two&count=three',
    '?fixed=yes{&x}': '/?fixed=yes&x=1024',
    '?a=b{&x,y,empty}': '/?a=b&x=1024&y=768&empty=',
    '?a=b{&var:3}': '/?a=b&var=val',
    '/{hello}': '/Hello%20World%21',
    '/{half}': '/50%25',
    '/O{empty}X': '/OX',
    '/O{undef}X': '/OX',
    '/{x,hello,y}': '/1024,Hello%20World%21,768',
    '/?{x,empty}': '/?1024,',
    '/{var:3}': '/val',
    '/{var:30}': '/value',
    '/{list}': '/red,green,blue',
    '/{keys}': '/semi,%3B,dot,.,comma,%2C',
    '/{keys*}': '/semi=%3B,dot=.,comma=%2C',
    '/{+hello}': '/Hello%20World!',
    '/{+half}': '/50%25',
    '/here?ref={+path}': '/here?ref=/foo/bar',
    '/{+x,hello,y}': '/1024,Hello%20World!,768',
    '/{+list*}': '/red,green,blue',
    '/X{.var:3}': '/X.val',
    '/X{.list*}': '/X.red.green.blue',
    '/X{.empty_keys*}': '/X',
    '/X{.x,y}': '/X.1024.768',
    '{/var:1,var}': '/v/value',
    '{/list*,path:4}': '/red/green/blue/%2Ffoo',
    '{/keys*}': '/semi=%3B/dot=./comma=%2C',
    '/a{;x,y,empty}': '/a;x=1024;y=768;empty',
    '/a{;v,empty,who}': '/a;v=6;empty;who=fred',
    '/a{;keys*}': '/a;semi=%3B;dot=.;comma=%2C',
    '{?x,y,empty}': '/?x=1024&y=768&empty=',
    '{?x,y,undef}': '/?x=1024&y=768',
    '{?keys*}': '/?semi=%3B&dot=.&comma=%2C',
    '{?empty_keys}': '/',
    '/a{#hello}': '/a',
    '/a{#hello,undef}': '/a',
  }
  for (const [template, path] of Object.entries(examples)) t.equal(expand(H + template, RFC), path, template)
})

t.test('numbers and booleans', async (t) => {
  t.equal(expand(`${H}{?a,b,c}`, { a: 0, b: false, c: 1e21 }), '/?a=0&b=false&c=1e%2B21')
  t.equal(expand(`${H}{?a}`, { a: [1, null, true] }), '/?a=1,true')
  t.equal(expand(`${H}{?a}`, { a: [null] }), '/')
  t.equal(expand(`${H}{?a*}`, { a: { b: null } }), '/')
})

t.test('a prefix counts characters and cuts none in half', async (t) => {
  t.equal(expand(`${H}{?a:1,a}`, { a: '😀b' }), '/?a=%F0%9F%98%80&a=%F0%9F%98%80b')
  t.equal(expand(`${H}/{a:2}`, { a: 'äöü' }), '/%C3%A4%C3%B6')
  t.equal(expand(`${H}/{a:2}`, { a: 123 }), '/12')
  t.equal(expand(`${H}/{a:2}`, { a: [1] }), 'problem: "a" must be a string or number here, not a list or map')
})

t.test('reserved expansion encodes what has no place on the wire', async (t) => {
  t.equal(expand(`${H}/{+a}`, { a: '%4 ü%20' }), '/%254%20%C3%BC%20')
  t.equal(expand(`${H}/{+a}`, { a: ['%4 ü', 1] }), '/%254%20%C3%BC,1')
})

t.test('names of Object.prototype are ordinary names', async (t) => {
  t.equal(expand(`${H}/a{?constructor,toString,hasOwnProperty}`), '/a')
  t.equal(expand(`${H}{?constructor}`, { constructor: 'x' }), '/?constructor=x')
})

t.test('values that the template does not hold are ignored', async (t) => {
  t.equal(expand(`${H}/a{?b}`, { b: 1, c: '\n' }), '/a?b=1')
})

t.test('origin', async (t) => {
  t.equal(compileTemplate('https://API.Example:443/a').origin, 'https://api.example')
  t.equal(compileTemplate('HTTP://api.example:8443{/a}').origin, 'http://api.example:8443')
  t.equal(compileTemplate('https://bücher.example/').origin, 'https://xn--bcher-kva.example')
  t.equal(compileTemplate('http://[::1]:80?a=1').origin, 'http://[::1]')
})

t.test('variables, in order, with their places', async (t) => {
  t.same(compileTemplate(`${H}/{a}{/b}{;c}{?d}{&e}{#f}`).variables, [
    { name: 'a', operator: '', inPath: true },
    { name: 'b', operator: '/', inPath: true },
    { name: 'c', operator: ';', inPath: true },
    { name: 'd', operator: '?', inPath: false },
    { name: 'e', operator: '&', inPath: false },
    { name: 'f', operator: '#', inPath: false },
  ])
  t.same(compileTemplate(`${H}/a?b={b}`).variables, [{ name: 'b', operator: '', inPath: false }])
})

t.test('a template without variables is a constant', async (t) => {
  const template = compileTemplate(`${H}/a b`.replace(' ', '%20'))
  t.same(template.variables, [])
  t.equal(template.expand({}), template.expand({ a: 1 }))
  t.same(template.expand({}), { path: '/a%20b' })
  t.equal(expand(H), '/')
  t.equal(expand(`${H}?a=é`), '/?a=%C3%A9')
  t.equal(expand(`${H}/a/`), '/a/')
  t.equal(expand(`${H}/a//b`), '/a//b', 'an empty literal segment within the path is what was asked for')
})

t.test('the first pair of a query has "?" before it, whichever is absent', async (t) => {
  t.equal(expand(`${H}/a{?b}{&c}`, { c: 1 }), '/a?c=1')
  t.equal(expand(`${H}/a{?b}{&c}`, { b: 1, c: 2 }), '/a?b=1&c=2')
  t.equal(expand(`${H}/a{?b}&c=1{&d}`, { d: 2 }), '/a?c=1&d=2')
  t.equal(expand(`${H}/a{?b}&c=1`, { b: 2 }), '/a?b=2&c=1')
})

t.test('path segments that come out empty, "." or ".."', async (t) => {
  const empty = 'problem: the path segment of "a" would be empty'
  const dots = 'problem: the path segment of "a" would be "." or ".."'
  t.equal(expand(`${H}/{a}`), empty)
  t.equal(expand(`${H}/{a}`, { a: '' }), empty)
  t.equal(expand(`${H}/{a}/b`, { a: '' }), empty)
  t.equal(expand(`${H}/{a}?b=1`, { a: '' }), empty)
  t.equal(expand(`${H}{/a}`, { a: '' }), empty)
  t.equal(expand(`${H}{/a*}`, { a: ['x', ''] }), empty)
  t.equal(expand(`${H}/{a}`, { a: '.' }), dots)
  t.equal(expand(`${H}/x/{a}/y`, { a: '..' }), dots)
  t.equal(expand(`${H}{/a}{?b}`, { a: '..', b: 1 }), dots, 'only what is in the path is named')
  t.equal(expand(`${H}/.{a}`, { a: '.' }), dots)
  t.equal(expand(`${H}/%2e{a}`, { a: '.' }), dots)
  t.equal(expand(`${H}/{a};v=1`, { a: '..' }), dots)
  t.equal(expand(`${H}/{+a}`, { a: '%2E%2e' }), dots)
  t.equal(expand(`${H}/{+a}`, { a: 'x/../y' }), dots)
  t.equal(expand(`${H}/{+a}/{b}`, { a: 'x?/', b: '..' }), '/x?//..', 'a query has no segments')
  t.equal(expand(`${H}/{a}{b}`, { a: '.', b: '.' }), 'problem: the path segment of "a" and "b" would be "." or ".."')
  t.same(compileTemplate(`${H}/x/{a}`).expand({ a: '..' }), { problem: dots.slice(9), variable: 'a' })
})

t.test('segments that only look similar are accepted', async (t) => {
  t.equal(expand(`${H}/a{/b}`), '/a', 'an absent one vanishes')
  t.equal(expand(`${H}/a{/b}/`, {}), '/a/')
  t.equal(expand(`${H}/a/{.b}`), '/a/', 'and leaves a literal slash alone')
  t.equal(expand(`${H}/a/{;b}`), '/a/')
  t.equal(expand(`${H}/{a}`, { a: '%2e%2e' }), '/%252e%252e')
  t.equal(expand(`${H}/{a}`, { a: '...' }), '/...')
  t.equal(expand(`${H}/{a}`, { a: '../x' }), '/..%2Fx')
  t.equal(expand(`${H}/a.{a}`, { a: '.' }), '/a..')
  t.equal(expand(`${H}/a//{a}`, { a: 'b' }), '/a//b')
  t.equal(expand(`${H}/a?b=/{a}/..`, { a: '..' }), '/a?b=/../..')
})

t.test('values that cannot be sent', async (t) => {
  const broken = 'problem: "a" holds a line break or NUL character'
  const half = 'problem: "a" holds half of a character, a lone surrogate'
  for (const value of ['x\r', '\n', '\0', ['x', 'y\n'], { k: 'v\r' }, { 'k\n': 1 }]) {
    t.equal(expand(`${H}{?a}`, { a: value }), broken, JSON.stringify(value))
  }
  for (const value of ['\ud800', 'x\udc00', ['\ud800'], { '\ud800': 1 }]) {
    t.equal(expand(`${H}{?a}`, { a: value }), half, JSON.stringify(value))
  }
  t.equal(expand(`${H}{?a:1}`, { a: 'xy\ud800' }), half, 'even where a prefix would cut it off')
  t.equal(expand(`${H}{?a}`, { a: [[1]] }), 'problem: "a" holds a list or map inside another')
  t.equal(expand(`${H}{?a}`, { a: { b: { c: 1 } } }), 'problem: "a" holds a list or map inside another')
})

t.test('grammar', async (t) => {
  const wrong: Record<string, RegExp> = {
    '/{': /^character 21: a brace is opened and never closed/,
    '/{a': /never closed/,
    '/a}': /^character 22: a brace is closed that was never opened/,
    '/{a{b}}': /opened inside/,
    '/{}': /empty expression/,
    '/{?}': /lacks a variable name/,
    '/{a,}': /lacks a variable name/,
    '/{a,,b}': /lacks a variable name/,
    '/{=a}': /reserves the operator "="/,
    '/{,a}': /reserves the operator ","/,
    '/{!a}': /reserves the operator "!"/,
    '/{@a}': /reserves the operator "@"/,
    '/{|a}': /reserves the operator "\|"/,
    '/{$a}': /begins with one of/,
    '/{?%41}': /begins with one of/,
    '/{1a}': /letters, digits and "_"/,
    '/{a.b}': /letters, digits and "_"/,
    '/{a b}': /letters, digits and "_"/,
    '/{api-key}': /no hyphen; write \?api-key=\{key\}/,
    '/{__proto__}': /choose another/,
    [`/{${'a'.repeat(64)}}`]: /at most 63/,
    '/{a:0}': /prefix length/,
    '/{a:03}': /prefix length/,
    '/{a:10000}': /prefix length/,
    '/{a:}': /one modifier/,
    '/{a:x}': /one modifier/,
    '/{a**}': /one modifier/,
    '/{a*:3}': /one modifier/,
    '/{a:3*}': /one modifier/,
    '/a b': /write %20/,
    '/a"': /write %22/,
    '/a\\b': /write %5C/,
    '/a|b': /write %7C/,
    '/a\nb': /write %0A/,
    '/a%zz': /two hexadecimal digits/,
    '/a\ud800': /lone surrogate/,
    '/a#b': /fragment/,
    '//a': /begins with "\/\/"/,
    '/{/a}': /begins with "\/\/"/,
    '/a/../b': /"\." or "\.\."/,
    '/a/.': /"\." or "\.\."/,
    '/%2E%2e/b': /"\." or "\.\."/,
    '/a{&b}': /no query has begun/,
    '/a?b=1{?c}': /query has begun/,
    '{?b}{?c}': /query has begun/,
    '{?b}/c': /only "&" or \{&name\}/,
    '{?b}{c}': /only "&" or \{&name\}/,
    '{?b}{/c}': /only "&" or \{&name\}/,
  }
  for (const [template, message] of Object.entries(wrong)) t.match(refusal(H + template), message, template)
  for (const right of [`/{${'a'.repeat(63)}}`, '/{a:9999}', "/a'b", '/{_}', '/{__proto}', '{?b}{#c}', '{#a}']) {
    t.equal(refusal(H + right), 'accepted', right)
  }
})

t.test('invalid origins', async (t) => {
  const wrong: Record<string, RegExp> = {
    '': /must begin with https/,
    'ftp://x/': /must begin with https/,
    '//x/': /must begin with https/,
    ' https://x/': /must begin with https/,
    '{+base}/a': /must begin with https/,
    'https://': /needs a host/,
    'https:///a': /needs a host/,
    'https://{host}/a': /can hold no variable/,
    'https://x.{tld}/': /can hold no variable/,
    'https://x{.tld}/': /can hold no variable/,
    'https://x:{port}/': /can hold no variable/,
    'https://x{&a}': /can hold no variable/,
    'https://x{;a}': /can hold no variable/,
    'https://x{+a}': /can hold no variable/,
    'https://u:p@x/': /no user or password/,
    'https://u@x/': /no user or password/,
    'https://x\\y/': /write %5C/,
    'https://x y/': /write %20/,
    'https://x:99999/': /host or port is not valid/,
    'https://x:0/': /host or port is not valid/,
    'https://[::1/': /host or port is not valid/,
    'https://x#a': /fragment/,
  }
  for (const [template, message] of Object.entries(wrong)) t.match(refusal(template), message, template)
})

t.test('messages contain no part of the URL', async (t) => {
  for (const template of [
    'https://u:hunter2@x/',
    'https://x/hunter2#',
    'https://x/{hunter-2}',
    'hunter2',
    'https://hunter2:99999',
  ]) {
    t.notMatch(refusal(template), /hunter/, template)
  }
})

t.test('no string changes the origin, leaves its segment, or adds to the query', async () => {
  const templates = ['/x/{a}/y', '/x{/a}/y', '/x/p{a}s/y', '/x/p{.a}/y', '/x/p{;a}/y'].map((path) =>
    compileTemplate(`${H}${path}{?b}&c=1`),
  )
  const anyString = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom('.', '/', '\\', '%', '2', 'e', 'f', '?', '#', '&', '=', ';', '@', ':', '\ud800', '\r', ' '),
    }),
  )
  fc.assert(
    fc.property(fc.constantFrom(...templates), anyString, anyString, (template, a, b) => {
      const result = template.expand({ a, b })
      if ('problem' in result) return result.variable === 'a' || result.variable === 'b'
      const url = new URL(template.origin + result.path)
      const segments = url.pathname.split('/')
      return (
        url.origin === H &&
        url.pathname + url.search === result.path &&
        url.hash === '' &&
        segments.length === 4 &&
        segments[1] === 'x' &&
        segments[3] === 'y' &&
        [...url.searchParams.keys()].join() === 'b,c' &&
        url.searchParams.get('b') === b &&
        url.searchParams.get('c') === '1'
      )
    }),
    { numRuns: 3000 },
  )
})

t.test('a well-formed string arrives as it was', async () => {
  const template = compileTemplate(`${H}/p{a}`)
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (a) => {
      const result = template.expand({ a })
      return 'path' in result ? decodeURIComponent(result.path) === `/p${a}` : /[\0\r\n]/.test(a)
    }),
  )
})

t.test('whatever the value, expand does not throw and keeps the origin', async () => {
  const operators = fc.constantFrom(
    '{a}',
    '{+a}',
    '{#a}',
    '{.a}',
    '{/a}',
    '{;a}',
    '{a*}',
    '{+a*}',
    '{/a*}',
    '{a:3}',
    '{+a:3}',
    '?{a*}',
  )
  const value = fc.jsonValue() as fc.Arbitrary<TemplateValue>
  const hostile = fc.string({
    unit: fc.constantFrom('.', '/', '%', '2', 'e', '?', '#', '\\', '@', ':', '\ud800', 'ü', ' '),
  })
  fc.assert(
    fc.property(
      operators,
      fc.oneof(value, hostile, fc.array(hostile), fc.dictionary(hostile, hostile)),
      (operator, a) => {
        const result = compileTemplate(`${H}/x${operator}`).expand({ a })
        if ('problem' in result) return result.problem.includes('"a"')
        return new URL(H + result.path).origin === H && /^\/x[!-~]*$/.test(result.path) && !result.path.includes('#')
      },
    ),
    { numRuns: 3000 },
  )
})

t.test('compiling throws nothing but TemplateError', async () => {
  const piece = fc.constantFrom(
    '{',
    '}',
    '/',
    '?',
    '#',
    '&',
    '+',
    'a',
    ':',
    '3',
    '*',
    ',',
    '%',
    '.',
    '-',
    ' ',
    'é',
    '\ud800',
  )
  fc.assert(
    fc.property(fc.string({ unit: piece }), (text) => !refusal(H + text).startsWith('not a')),
    { numRuns: 3000 },
  )
})

t.test('a segment that starts at an absent expression is checked too', async (t) => {
  for (const [url, values] of [
    ['http://h.example{/y}{x}/admin', { x: '..' }],
    ['http://h.example{/y}{.x}', { x: '.' }],
    ['http://h.example{/y}{x}/admin', { y: [], x: '..' }],
  ] as const) {
    t.match(compileTemplate(url).expand(values), { problem: /would be/, variable: 'x' }, url)
  }
  t.strictSame(compileTemplate('http://h.example{/y}{x}/admin').expand({ x: 'a' }), { path: '/a/admin' })
})
