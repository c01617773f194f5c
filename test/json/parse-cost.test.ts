import t from 'tap'
import { parseCostMs } from '../../src/json/parse-cost.ts'

const BYTES = 100 * 1024

/** Text of about BYTES, made of parts. */
function filled(part: (index: number) => string, before = '[', after = ']'): Buffer {
  let text = before
  for (let index = 0; text.length < BYTES; index += 1) text += part(index)
  return Buffer.from(text.replace(/,$/, '') + after)
}

/** The middle one of several estimates, as each reads other parts of the body. */
function estimateOf(body: Buffer): number {
  const estimates = Array.from({ length: 9 }, () => parseCostMs(body))
  return estimates.sort((a, b) => a - b)[4] as number
}

const item = (n: number) => ({
  id: 41_000_000 + n,
  title: `Headline number ${n}, of a length that headlines have`,
  source: { id: null, name: 'The Daily Example' },
  url: `https://news.example/2026/${n}/a-headline-of-some-length`,
  live: true,
  tags: ['world', 'science'],
})

t.test('typical data of 100 KB is quick, and what takes V8 long is not', async (t) => {
  for (const [name, body] of [
    ['items', filled((n) => `${JSON.stringify(item(n))},`)],
    ['coordinates', filled((n) => `[${n / 7},${n / 3}],`)],
    ['one text', filled(() => 'x', '["', '"]')],
    ['numbers', filled((n) => `${n * 1_000_003},`)],
  ] as const)
    t.ok(estimateOf(body) < 3.5, `${name}: ${estimateOf(body)} ms`)
  for (const [name, body] of [
    ['brackets', filled(() => '[', '', '')],
    ['objects with keys of their own', filled((n) => `{"k${n.toString(36)}":{}},`)],
    ['an object with many keys', filled((n) => `"${n.toString(36)}":1,`, '{', '}')],
    ['objects in objects', filled(() => '{"a":', '', '')],
  ] as const)
    t.ok(estimateOf(body) > 4, `${name}: ${estimateOf(body)} ms`)
})

t.test('short texts that V8 has not seen take long, and longer ones do not', async (t) => {
  const text = (n: number, length: number) => (n * 7919).toString(36).padStart(length, 'x').slice(-length)
  for (const length of [5, 9]) {
    const texts = filled((n) => `"${text(n, length)}",`)
    const members = filled((n) => `{"id":"${text(n, length)}"},`)
    for (const body of [texts, members]) t.ok(estimateOf(body) > 3.5, `${length} characters: ${estimateOf(body)} ms`)
  }
  for (const length of [10, 36]) {
    const texts = filled((n) => `"${text(n, length)}",`)
    t.ok(estimateOf(texts) < 1.6, `${length} characters: ${estimateOf(texts)} ms`)
  }
})

t.test('nothing hides: where the costly part is makes little difference', async (t) => {
  const costly = filled((n) => `{"k${n.toString(36)}":{}},`)
  const calm = Buffer.alloc(BYTES, ' ')
  const alternating = Buffer.alloc(2 * BYTES, ' ')
  for (let at = 0; at < BYTES; at += 256) costly.copy(alternating, 2 * at, at, at + 256)
  for (let round = 0; round < 200; round += 1) {
    const whole = parseCostMs(costly)
    for (const body of [Buffer.concat([costly, calm]), Buffer.concat([calm, costly]), alternating]) {
      const ratio = parseCostMs(body) / whole
      if (ratio < 0.6 || ratio > 1.6) t.fail(`${ratio}`)
    }
  }
  t.pass()
})

t.test('a body that is smaller than a stripe costs nothing to speak of', async (t) => {
  for (const text of ['', '1', '[]', '['.repeat(511)]) t.equal(parseCostMs(Buffer.from(text)), 0)
})
