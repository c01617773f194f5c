import t from 'tap'
import { Cancel } from '../../src/core/cancel.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import { bodyReader } from '../../src/source/body-reader.ts'
import type { SourceOptions } from '../../src/source/options.ts'
import { Secrets } from '../../src/source/secrets.ts'

type Rules = Partial<Pick<SourceOptions, 'select' | 'schema' | 'validate'>>

/** Where a body is read: here, on the event loop, or apart, in a worker thread. */
async function placeOf(body: string, rules: Rules = {}): Promise<'here' | 'apart'> {
  let place: 'here' | 'apart' = 'here'
  const workers = {
    run: async () => {
      place = 'apart'
      return { lost: 'queue' } as const
    },
  }
  const expressions = { failWhen: null, errorDetails: null, select: null }
  const none = { ...expressions, schema: null, validate: false, isRead: false } as const
  const read = bodyReader({ id: 'a', format: 'json', ...none, ...rules }, { workers, secrets: new Secrets([]) })
  await read(Buffer.from(body), new Cancel(), null)
  return place
}

/** A list of about so many bytes, made of elements. */
function listOf(bytes: number, element: (index: number) => string): string {
  const elements: string[] = []
  for (let length = 0; length < bytes; length += (elements.at(-1)?.length ?? 0) + 1)
    elements.push(element(elements.length))
  return `[${elements.join()}]`
}

const typical = (index: number): string =>
  JSON.stringify({ id: index, title: `Headline number ${index}, of a length that headlines have`, live: true })
const costly = (index: number): string => `{"k${index.toString(36)}":{}}`

t.test('large JSON whose values nobody uses is read where it takes less', async (t) => {
  const [kib, large] = [1024, listOf(100 * 1024, typical)]
  t.equal(await placeOf(listOf(60 * kib, costly)), 'here', 'a small body, whatever it is')
  t.equal(await placeOf(large), 'here')
  t.equal(await placeOf(listOf(100 * kib, costly)), 'apart', 'it takes V8 long')
  t.equal(await placeOf(`"${'x'.repeat(500 * kib)}"`), 'here')
  t.equal(await placeOf(`"${'x'.repeat(520 * kib)}"`), 'apart')
  t.equal(await placeOf(large, { select: compileExpression('[0]') }), 'apart', 'an expression reads it')
  t.equal(await placeOf(large, { schema: { type: 'array' }, validate: true }), 'apart', 'a schema reads it')
})
