import t from 'tap'
import { Events } from '../../src/core/events.ts'
import type { Connection } from '../../src/redis/connection.ts'
import { RedisFault } from '../../src/redis/fault.ts'
import { Link } from '../../src/redis/link.ts'
import { ErrorReply, type Reply } from '../../src/redis/protocol.ts'
import { FakeClock, settle } from '../support/fake-clock.ts'

/** The states of the link, over a connection that does what the test says. */

const TARGET = { host: 'h', port: 1, tls: false, username: null, password: null, db: 0 }
const PROBE_REPLIES: readonly Reply[] = ['OK', '1 1000', 1000, Buffer.from('1'), 1]

/** `reply` answers commands after the probe: with a value, an error, or never. */
class Stub {
  readonly clock = new FakeClock()
  readonly states: (string | true)[] = []
  readonly link: Link
  /** When each connection was opened. */
  readonly opened: number[] = []
  readonly ends: string[] = []
  ready: () => Promise<void> = async () => {}
  probe: (reply: Reply) => Promise<Reply> = async (reply) => reply
  reply: () => Promise<Reply> = async () => 'OK'
  sent = 0
  #end: (fault: RedisFault) => void = () => {}

  constructor(before: (stub: Stub) => void = () => {}) {
    before(this)
    const events = new Events()
    events.listen({ redis: ({ reason }) => void this.states.push(reason ?? true) })
    this.link = new Link({ target: TARGET, clock: this.clock, events, connect: () => this.#open(), random: () => 1 })
  }

  /** The connection ends by itself. */
  drop(): void {
    this.#end(new RedisFault('connection_terminated'))
  }

  #open(): Connection {
    this.opened.push(this.clock.now())
    const { promise: ended, resolve } = Promise.withResolvers<RedisFault>()
    this.#end = resolve
    let calls = 0
    return {
      ready: this.ready(),
      ended,
      call: async () => {
        const probe = PROBE_REPLIES[calls]
        calls += 1
        if (probe !== undefined) return this.probe(probe)
        this.sent += 1
        return this.reply()
      },
      close: () => void this.ends.push('close'),
      destroy: () => void this.ends.push('destroy'),
    }
  }
}

const never = () => new Promise<never>(() => {})
const wordOf = (promise: Promise<Reply>) => promise.then(String, (error: Error) => error.message)

t.test('it is available after the probe, and sends', async (t) => {
  const { link, states } = new Stub()
  t.notOk(link.available)
  t.equal(await wordOf(link.send(['GET', 'k'])), 'busy')
  await settle()
  t.ok(link.available)
  t.equal(await wordOf(link.send(['GET', 'k'])), 'OK')
  t.same(states, [true])
})

t.test('a reply that does not come costs 30 ms, and the next command nothing', async (t) => {
  const stub = new Stub()
  await settle()
  stub.reply = never
  const sent = wordOf(stub.link.send(['GET', 'k']))
  await stub.clock.advance(29)
  t.same(stub.states, [true])
  await stub.clock.advance(1)
  await settle()
  t.equal(await sent, 'timeout')
  t.notOk(stub.link.available)
  t.same([stub.states, stub.ends], [[true, 'timeout'], ['destroy']])
  t.equal(await wordOf(stub.link.send(['GET', 'k'])), 'busy')
  t.equal(stub.sent, 1)
})

t.test('a reply that arrived while the event loop was held up is in time', async (t) => {
  const stub = new Stub()
  await settle()
  let arrive: (reply: Reply) => void = () => {}
  stub.reply = () =>
    new Promise((resolve) => {
      arrive = resolve
    })
  const sent = wordOf(stub.link.send(['GET', 'k']))
  await settle()
  const moved = stub.clock.advance(25)
  setImmediate(() => setImmediate(() => setImmediate(() => arrive('late'))))
  await moved
  t.equal(await sent, 'late')
})

t.test('after a slow reply it rests, and after three it is unavailable', async (t) => {
  const stub = new Stub()
  await settle()
  stub.reply = () => new Promise((resolve) => void stub.clock.setTimeout(() => resolve('slow'), 25))
  for (const _ of [1, 2]) {
    const sent = wordOf(stub.link.send(['GET', 'k']))
    await stub.clock.advance(25)
    t.equal(await sent, 'slow')
    t.notOk(stub.link.available, 'it rests')
    await stub.clock.advance(100)
    t.ok(stub.link.available)
  }
  const sent = wordOf(stub.link.send(['GET', 'k']))
  await stub.clock.advance(20)
  await settle()
  t.equal(await sent, 'slow')
  t.same(stub.states, [true, 'slow'])
})

t.test('a fast reply forgives slow ones; commands under way together count once', async (t) => {
  const stub = new Stub()
  await settle()
  const slow = () => new Promise<Reply>((resolve) => void stub.clock.setTimeout(() => resolve('slow'), 25))
  for (let round = 0; round < 5; round += 1) {
    stub.reply = slow
    const sent = Promise.all([1, 2, 3, 4].map(() => wordOf(stub.link.send(['GET', 'k']))))
    await stub.clock.advance(125)
    t.same(await sent, ['slow', 'slow', 'slow', 'slow'])
    stub.reply = async () => 'fast'
    t.equal(await wordOf(stub.link.send(['GET', 'k'])), 'fast')
  }
  t.same(stub.states, [true])
})

t.test('an error of one command is its own; one of all ends the connection', async (t) => {
  const stub = new Stub()
  await settle()
  stub.reply = async () => Promise.reject(new ErrorReply('WRONGTYPE Operation against a key'))
  t.match(await wordOf(stub.link.send(['GET', 'k'])), /^WRONGTYPE/)
  t.ok(stub.link.available)
  stub.reply = async () => Promise.reject(new ErrorReply("READONLY You can't write against a read only replica."))
  await wordOf(stub.link.send(['SET', 'k']))
  t.notOk(stub.link.available)
  t.same(stub.states, [true, 'read_only'])
})

t.test('it connects again with growing pauses, for ever, and tells of it once', async (t) => {
  const stub = new Stub((stub) => {
    stub.ready = async () => Promise.reject(new RedisFault('connection_refused'))
  })
  await stub.clock.advance(60_000)
  const pauses = stub.opened.slice(1).map((at, n) => at - (stub.opened[n] ?? 0))
  t.same(pauses.slice(0, 8), [100, 200, 400, 800, 1600, 3200, 5000, 5000])
  t.ok(pauses.length > 12 && pauses.every((pause) => pause <= 5000))
  t.same(stub.states, ['connection_refused'])
  stub.ready = async () => {}
  await stub.clock.advance(5000)
  t.same(stub.states, ['connection_refused', true])
})

t.test('pauses grow on where it soon fails again, and not after ten good seconds', async (t) => {
  const stub = new Stub()
  const pauseAfter = async (goodMs: number) => {
    await stub.clock.advance(goodMs)
    stub.drop()
    const failedAt = stub.clock.now()
    await stub.clock.advance(5000)
    return (stub.opened.at(-1) ?? 0) - failedAt
  }
  t.same([await pauseAfter(10_000), await pauseAfter(0), await pauseAfter(0)], [100, 200, 400])
  t.equal(await pauseAfter(10_000), 100)
})

t.test('connecting has 2 s', async (t) => {
  const stub = new Stub((stub) => {
    stub.ready = never
  })
  await stub.clock.advance(1999)
  t.same(stub.states, [])
  await stub.clock.advance(1)
  t.same([stub.states, stub.ends], [['connection_timeout'], ['destroy']])
})

t.test('commands and bytes without a reply are bounded', async (t) => {
  const stub = new Stub()
  await settle()
  stub.reply = never
  const sent = Array.from({ length: 2500 }, () => wordOf(stub.link.send(['GET', 'k'])))
  await settle()
  t.equal(stub.sent, 2000)
  await stub.clock.advance(30)
  await settle()
  t.equal((await Promise.all(sent)).filter((word) => word === 'busy').length, 500)
  await stub.clock.advance(100)
  stub.sent = 0
  const large = Array.from({ length: 50 }, () => wordOf(stub.link.send(['SET', 'k', 'v'], 1024 * 1024)))
  t.equal(stub.sent, 32)
  await stub.clock.advance(30)
  await Promise.all(large)
})

t.test('a closed link is quiet, and sets no timer', async (t) => {
  const stub = new Stub()
  await settle()
  stub.link.close()
  stub.drop()
  await stub.clock.advance(60_000)
  t.same([stub.states, stub.ends, stub.opened.length, stub.clock.pending], [[true], ['close'], 1, 0])
  t.equal(await wordOf(stub.link.send(['GET', 'k'])), 'busy')
})

t.test('a link that is closed while it connects stays closed', async (t) => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stub = new Stub((stub) => {
    stub.ready = () => promise
  })
  stub.link.close()
  resolve()
  await settle()
  t.same([stub.states, stub.link.available], [[], false])
})

t.test('a probe that is slow, or answered by something else, is not passed', async (t) => {
  for (const [reply, reason] of [
    [new Promise<Reply>(() => {}), 'timeout'],
    ['+OK', 'protocol_error'],
  ] as const) {
    const stub = new Stub((stub) => {
      stub.probe = () => Promise.resolve(reply)
    })
    await stub.clock.advance(40)
    t.same(stub.states, [reason])
  }
  const stub = new Stub((stub) => {
    stub.probe = (reply) => new Promise((resolve) => void stub.clock.setTimeout(() => resolve(reply), 25))
  })
  await stub.clock.advance(60_000)
  t.same(stub.states, ['slow'])
})
