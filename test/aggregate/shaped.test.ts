import t from 'tap'
import { shapeData } from '../../src/aggregate/shaped.ts'
import { Events } from '../../src/core/events.ts'
import { failure } from '../../src/core/failure.ts'
import { failed, live } from '../../src/core/outcome.ts'
import { compileExpression } from '../../src/json/jmespath.ts'
import type { Shape } from '../../src/json/shape.ts'
import type { Done, Work, Workers } from '../../src/source/work.ts'
import { USUAL_ALLOWANCE } from '../support/allowance.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { here } from '../support/workers.ts'
import { json, makePlan, makeSettled } from './bench.ts'

const ENDLESS = `${'[@,@]|'.repeat(40)}@`
const whole = (text: string): Shape => ({ whole: compileExpression(text) })
const parts = (texts: Readonly<Record<string, string>>): Shape => {
  return { parts: new Map(Object.entries(texts).map(([key, text]) => [key, compileExpression(text)])) }
}

const DATA = makeSettled('weather', json('{"temp":1.0}'))
const EMPTY = makeSettled('alerts', live(null, 204))
const LATE = makeSettled('news', failed(failure('http_response_timeout', 'late')))
const LARGE = makeSettled('list', json(JSON.stringify(Array.from({ length: 20_000 }, (_, id) => ({ id })))))

/** A stub of worker threads. */
class Told implements Workers {
  readonly asked: Work[] = []
  readonly #run: Workers['run']

  constructor(run: Workers['run'] = here.run) {
    this.#run = run
  }

  run<Result>(work: Work, cancel: Parameters<Workers['run']>[1]): Promise<Done<Result>> {
    this.asked.push(work)
    return this.#run(work, cancel)
  }
}

async function shaped(
  shape: Shape,
  settled = [DATA, EMPTY, LATE],
  workers = new Told(),
  clock = new FakeClock(),
  allowance = USUAL_ALLOWANCE,
) {
  const errors: string[] = []
  const events = new Events()
  events.listen({ shape: ({ view, key, error }) => errors.push(`${view} ${key}: ${error.message}`) })
  const plan = makePlan([], { view: 'home', startedAt: clock.now() })
  const made = shapeData(plan, shape, settled, { allowance, clock, workers, events })
  return { plan, clock, errors, workers, text: made.then((buffers) => Buffer.concat(buffers).toString()) }
}

t.test('a shape gets the shown data, and null for missing data', async (t) => {
  const { text, errors, workers } = await shaped(parts({ temp: 'weather.temp', alerts: 'alerts', news: 'news.title' }))
  t.equal(await text, '{"temp":1,"alerts":null,"news":null}')
  t.strictSame([errors, workers.asked], [[], []])
  t.equal(await (await shaped(whole('weather.temp'))).text, '1')
  t.equal(await (await shaped(whole('nobody'))).text, 'null')
  t.equal(await (await shaped(parts({}))).text, '{}')
})

t.test('a part that fails is null and emitted with the ids of the plan; other parts are unaffected', async (t) => {
  const { text, errors } = await shaped(parts({ a: 'length(alerts)', temp: 'weather.temp' }))
  t.equal(await text, '{"a":null,"temp":1}')
  t.match(errors, [/^home a: Invalid type/])
})

t.test('a shape of large data is evaluated in a worker thread, with the same result', async (t) => {
  const shape = parts({ last: 'list[-1].id', temp: 'weather.temp', err: 'sum(list)', "o'": "'ü'", __proto__: '@' })
  const { text, errors, workers, clock } = await shaped(shape, [LARGE, DATA, EMPTY])
  t.equal(await text, '{"last":19999,"temp":1,"err":null,"o\'":"ü"}')
  t.match(errors, [/^home err: Invalid type/])
  t.strictSame(
    workers.asked.map(({ name, owner }) => [name, owner]),
    [['shape', 'view home']],
  )
  t.equal(clock.pending, 0)
})

t.test('a part that does not end is null at the deadline, and does not affect other parts', async (t) => {
  const workers = new Told((work, cancel) => {
    const { task } = work.message()
    if (!JSON.stringify(task).includes('[@,@]|')) return here.run(work, cancel)
    return new Promise((resolve) => cancel.onCancel((reason) => resolve({ cut: reason })))
  })
  const { text, errors, clock, plan } = await shaped(
    parts({ a: 'weather.temp', b: ENDLESS, c: 'alerts' }),
    undefined,
    workers,
  )
  plan.cancel.cancel('batch')
  await clock.advance(997)
  t.equal(errors.length, 0, 'not when its calls are cut off')
  await clock.advance(1)
  t.equal(await text, '{"a":1,"b":null,"c":null}')
  t.strictSame(errors, ['home b: it was not evaluated before the deadline'])
  t.equal(clock.pending, 0)
  t.equal(plan.cancel.listeners, 0)
})

t.test('nothing is evaluated for a client that has disconnected', async (t) => {
  const workers = new Told((_, cancel) => {
    return new Promise((resolve) => cancel.onCancel((reason) => resolve({ cut: reason })))
  })
  const { text, errors, plan, clock } = await shaped(whole(ENDLESS), undefined, workers)
  plan.cancel.cancel('client')
  t.equal(await text, 'null')
  t.strictSame(errors, ['home null: the client went away'])
  t.equal(clock.pending, 0)
})

for (const [lost, why] of [
  ['queue', 'too many others wait before it'],
  ['memory', 'it took more memory than a worker thread may have'],
] as const) {
  t.test(`a lost task (${lost}) is null, and emitted`, async (t) => {
    const { text, errors } = await shaped(parts({ a: 'list' }), [LARGE], new Told(async () => ({ lost })))
    t.equal(await text, '{"a":null}')
    t.strictSame(errors, [`home a: ${why}`])
  })
}

t.test('shaped data is limited like the data of an answer: parts above the limit are null, and emitted', async (t) => {
  const settled = [makeSettled('a', json(`"${'x'.repeat(1000)}"`))]
  const shape = parts({ once: 'a', twice: '[a,a]', short: 'length(a)' })
  const allowance = { maxAttempts: 1, maxAnswerBytes: 2048 }
  const { text, errors } = await shaped(shape, settled, new Told(), new FakeClock(), allowance)
  t.match(JSON.parse(await text), { once: /^x{1000}$/, twice: null, short: 1000 })
  t.same(errors, ['home twice: it yields more data than an answer may hold (server.maxAnswerBytes)'])
})
