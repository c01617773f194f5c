import t from 'tap'
import { type BreakerChanged, type BugFound, Events } from '../../src/core/events.ts'

const OPENED: BreakerChanged = { source: 'a', origin: null, from: 'closed', to: 'open', openForMs: 5000 }

t.test('all listeners of an event are called, in the order in which they were added', async (t) => {
  const events = new Events()
  const told: unknown[] = []
  events.listen({ breaker: (event) => told.push(['first', event]) })
  events.listen({ breaker: (event) => told.push(['second', event]), bug: () => told.push('bug') })
  events.emit('breaker', OPENED)
  t.strictSame(told, [
    ['first', OPENED],
    ['second', OPENED],
  ])
})

t.test('an event without listeners is ignored, and `has` returns false', async (t) => {
  const events = new Events()
  events.listen({ bug: () => {} })
  events.emit('breaker', OPENED)
  t.strictSame([events.has('breaker'), events.has('bug')], [false, true])
})

t.test(
  'an exception of a listener is emitted as `bug`, and affects neither other listeners nor the caller',
  async (t) => {
    const events = new Events()
    const told: unknown[] = []
    const error = new Error('broken')
    events.listen({
      breaker: () => {
        throw error
      },
      bug: (event: BugFound) => {
        told.push(event)
        throw new Error('broken too')
      },
    })
    events.listen({ breaker: (event) => told.push(event) })
    events.emit('breaker', OPENED)
    t.strictSame(told, [{ source: null, error }, OPENED])
  },
)
