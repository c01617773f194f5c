import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Cancel } from '../../src/core/cancel.ts'
import type { Work } from '../../src/source/work.ts'
import { WorkerPool } from '../../src/workers/pool.ts'

/** Real threads. What ends is awaited; times are bounds that a busy machine keeps. */

const DOUBLING = '[@,@]|'.repeat(40)
/** Compares a million million equal lists. */
const ENDLESS = `(${DOUBLING}@) == (${DOUBLING}@)`

function pool(t: Test): WorkerPool {
  const made = new WorkerPool()
  t.teardown(() => made.close())
  return made
}

/** Takes a part of JSON. */
function taking(json: string, select: string, owner = 'a'): Work {
  return {
    name: 'take',
    owner,
    message: () => {
      const bytes = new Uint8Array(Buffer.from(json))
      return { task: { bytes, select, limit: 10 }, transfer: [bytes.buffer] }
    },
  }
}

const part = (value: unknown, total = 0) => ({ result: { json: JSON.stringify(value), total } })

t.test('work is done, in several threads at a time, and its bytes are transferred', async (t) => {
  const threads = pool(t)
  const bytes = new Uint8Array(Buffer.from('{"a":1}'))
  const work: Work = {
    name: 'take',
    owner: 'a',
    message: () => ({ task: { bytes, select: 'a', limit: 1 }, transfer: [bytes.buffer] }),
  }
  t.strictSame(await threads.run(work, new Cancel()), part(1))
  t.equal(bytes.length, 0, 'they are gone here')
  const done = await Promise.all(
    Array.from({ length: 50 }, (_, n) => threads.run(taking(`[${n}]`, '[0]', `s${n % 5}`), new Cancel())),
  )
  t.strictSame(
    done,
    Array.from({ length: 50 }, (_, n) => part(n)),
  )
})

t.test('what does not end is called off at once, and its thread is replaced', async (t) => {
  const threads = pool(t)
  await threads.run(taking('1', '@'), new Cancel())
  for (let round = 0; round < 3; round += 1) {
    const cancels = [new Cancel(), new Cancel()]
    const endless = cancels.map((cancel) => threads.run(taking('1', ENDLESS), cancel))
    await pause(100)
    let isLater = false
    setImmediate(() => {
      isLater = true
    })
    for (const cancel of cancels) cancel.cancel('call')
    t.strictSame(await Promise.all(endless), [{ cut: 'call' }, { cut: 'call' }])
    t.notOk(isLater, 'nobody waits for the thread to end, nor for anything else')
    t.strictSame(await threads.run(taking('[2]', '[0]'), new Cancel()), part(2))
    t.strictSame(
      cancels.map(({ listeners }) => listeners),
      [0, 0],
    )
  }
})

t.test('one owner that never ends keeps no other one waiting', async (t) => {
  const threads = pool(t)
  const cancel = new Cancel()
  const endless = Array.from({ length: 20 }, () => threads.run(taking('1', ENDLESS, 'evil'), cancel))
  for (let round = 0; round < 5; round += 1)
    t.strictSame(await threads.run(taking('[3]', '[0]', `good${round}`), new Cancel()), part(3))
  cancel.cancel('batch')
  t.strictSame(new Set((await Promise.all(endless)).map((done) => JSON.stringify(done))), new Set(['{"cut":"batch"}']))
  t.equal(cancel.listeners, 0)
})

t.test('what is called off while it waits is never sent', async (t) => {
  const threads = pool(t)
  const [running, waiting] = [new Cancel(), new Cancel()]
  const endless = [1, 2].map(() => threads.run(taking('1', ENDLESS), running))
  let sent = 0
  const { name, owner, message } = taking('1', '@')
  const counted: Work = {
    name,
    owner,
    message: () => {
      sent += 1
      return message()
    },
  }
  const late = threads.run(counted, waiting)
  waiting.cancel('client')
  t.strictSame(await late, { cut: 'client' })
  t.strictSame(await threads.run(counted, waiting), { cut: 'client' }, 'nor what was called off before')
  running.cancel('call')
  await Promise.all(endless)
  t.strictSame(await threads.run(taking('[4]', '[0]'), new Cancel()), part(4))
  t.equal(sent, 0)
})

t.test('no more than a thousand wait', async (t) => {
  const threads = pool(t)
  const cancel = new Cancel()
  const all = Array.from({ length: 1005 }, () => threads.run(taking('1', ENDLESS), cancel))
  t.strictSame(await Promise.all(all.slice(1002)), Array(3).fill({ lost: 'queue' }))
  cancel.cancel('client')
  await Promise.all(all)
  t.strictSame(await threads.run(taking('[5]', '[0]'), new Cancel()), part(5))
})

const EXPLOSIONS: Readonly<Record<string, readonly [json: string, select: string]>> = {
  'lists that grow': [JSON.stringify(Array(1000).fill('x')), `${'[@,@][]|'.repeat(25)}length(@)`],
  'texts that grow': ['"ab"', `${"join('', [@, @])|".repeat(60)}length(@)`],
  'texts in texts': ['"a"', `${'to_string([@,@])|'.repeat(60)}length(@)`],
  'a text that is padded': ['{"a":"a","b":500000000}', 'length(pad_left(a, b))'],
  'a text that is replaced': [JSON.stringify({ a: 'a'.repeat(1e6), b: 'b'.repeat(1e6) }), "length(replace(a, 'a', b))"],
}
for (const [name, [json, select]] of Object.entries(EXPLOSIONS)) {
  t.test(`${name} beyond memory end no more than their thread`, async (t) => {
    const threads = pool(t)
    const cancel = new Cancel()
    const timer = setTimeout(() => cancel.cancel('call'), 8000)
    const done = await threads.run(taking(json, select), cancel)
    clearTimeout(timer)
    // V8 pads a text without writing it out, so that this one may even be answered
    t.comment(JSON.stringify(done))
    t.strictSame(await threads.run(taking('[6]', '[0]'), new Cancel()), part(6))
  })
}

t.test('closing calls everything off, and leaves no thread', async (t) => {
  const threads = new WorkerPool()
  const cancel = new Cancel()
  const endless = Array.from({ length: 5 }, () => threads.run(taking('1', ENDLESS), cancel))
  await pause(50)
  await threads.close()
  t.strictSame(await Promise.all(endless), Array(5).fill({ cut: 'client' }))
  t.strictSame(await threads.run(taking('1', '@'), new Cancel()), { cut: 'client' })
  t.equal(cancel.listeners, 0)
  await new WorkerPool().close()
})

t.test('work that fails by a fault of ours rejects', async (t) => {
  const threads = pool(t)
  const broken: Work = { name: 'decode', owner: 'a', message: () => ({ task: {}, transfer: [] }) }
  await t.rejects(threads.run(broken, new Cancel()))
  t.strictSame(await threads.run(taking('[7]', '[0]'), new Cancel()), part(7))
})
