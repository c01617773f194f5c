import { Readable } from 'node:stream'
import { fastify } from 'fastify'
import t, { type Test } from 'tap'
import { Lifecycle } from '../../src/http/lifecycle.ts'
import errors from '../../src/plugins/errors.ts'
import pressure from '../../src/plugins/pressure.ts'
import { eventually } from '../support/eventually.ts'

/** An app with nothing but the bound, and a route whose answer is written in parts. */
async function appWith(t: Test, answer: Readable) {
  const lifecycle = new Lifecycle()
  lifecycle.phase = 'ready'
  const app = fastify()
  t.teardown(() => app.close())
  app.decorate('runtime', { lifecycle, config: { server: { maxInFlight: 10 } } } as never)
  await app.register(errors)
  await app.register(pressure)
  app.get('/parts', { config: { bounded: true } }, (_request, reply) => reply.send(answer))
  return { app, lifecycle }
}

t.test('an answer that is written in parts is in work until its last part is there', async (t) => {
  const answer = new Readable({ read: () => {} })
  const { app, lifecycle } = await appWith(t, answer)
  const answered = app.inject('/parts')
  answer.push('{"a":1}\n')
  await eventually(() => lifecycle.inFlight === 1)
  await new Promise((resolve) => setImmediate(resolve))
  t.equal(lifecycle.inFlight, 1, 'its first part is sent')
  answer.push('{"b":2}\n')
  answer.push(null)
  t.equal((await answered).body, '{"a":1}\n{"b":2}\n')
  t.equal(lifecycle.inFlight, 0)
})

t.test('one that breaks off in between is in work no more', async (t) => {
  const answer = new Readable({ read: () => {} })
  const { app, lifecycle } = await appWith(t, answer)
  const answered = app.inject('/parts').catch(() => null)
  answer.push('{"a":1}\n')
  await eventually(() => lifecycle.inFlight === 1)
  answer.destroy(new Error('broken'))
  await answered
  t.equal(lifecycle.inFlight, 0)
})
