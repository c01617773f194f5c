import t from 'tap'
import { Cancel, ChildCancel } from '../../src/core/cancel.ts'

t.test('calls all listeners once, in the order in which they were added', async (t) => {
  const cancel = new Cancel()
  const heard: string[] = []
  for (const name of ['a', 'b']) cancel.onCancel((reason) => heard.push(`${name} ${reason}`))
  t.same([cancel.reason, cancel.listeners], [null, 2])
  cancel.cancel('batch')
  cancel.cancel('client')
  t.same(heard, ['a batch', 'b batch'])
  t.same([cancel.reason, cancel.listeners], ['batch', 0], 'the first reason stands')
})

t.test('a removed listener is not called', async (t) => {
  const cancel = new Cancel()
  const heard: string[] = []
  const stop = cancel.onCancel(() => heard.push('stopped'))
  cancel.onCancel(() => heard.push('listens'))
  stop()
  stop()
  t.equal(cancel.listeners, 1)
  cancel.cancel('client')
  t.same(heard, ['listens'])
})

t.test('the order stays when the first listener goes', async (t) => {
  const cancel = new Cancel()
  const heard: string[] = []
  const stop = cancel.onCancel(() => heard.push('first'))
  cancel.onCancel(() => heard.push('second'))
  stop()
  cancel.onCancel(() => heard.push('third'))
  t.equal(cancel.listeners, 2)
  cancel.cancel('call')
  t.same(heard, ['second', 'third'])
})

t.test('a listener that is added after cancel is called at once, and not kept', async (t) => {
  const cancel = new Cancel()
  cancel.cancel('call')
  const heard: string[] = []
  const stop = cancel.onCancel((reason) => heard.push(reason))
  t.same([heard, cancel.listeners], [['call'], 0])
  t.doesNotThrow(stop)
})

t.test('listeners may remove each other, cancel again, and add listeners during cancel', async (t) => {
  const cancel = new Cancel()
  const heard: string[] = []
  cancel.onCancel(() => {
    stopSecond()
    cancel.cancel('client')
    cancel.onCancel((reason) => heard.push(`anew ${reason}`))
    heard.push('first')
  })
  const stopSecond = cancel.onCancel(() => heard.push('second'))
  cancel.cancel('attempt')
  t.same(heard, ['anew attempt', 'first'])
  t.equal(cancel.listeners, 0)
})

t.test('cancel of a parent reaches the child, but not the reverse', async (t) => {
  const parent = new Cancel()
  const [child, sibling] = [new ChildCancel(parent), new ChildCancel(parent)]
  child.cancel('attempt')
  t.same([parent.reason, child.reason, sibling.reason], [null, 'attempt', null])
  parent.cancel('client')
  t.same([child.reason, sibling.reason, parent.listeners], ['attempt', 'client', 0], 'its first reason stands')
  t.equal(new ChildCancel(parent).reason, 'client', 'one that is made late hears of it at once')
})

t.test('a detached child is not cancelled with its parent, and not kept', async (t) => {
  const parent = new Cancel()
  const child = new ChildCancel(parent)
  child.detach()
  t.equal(parent.listeners, 0)
  parent.cancel('batch')
  t.equal(child.reason, null)
})
