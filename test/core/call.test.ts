import t from 'tap'
import { type Call, compose, newRecord, type Policy } from '../../src/core/call.ts'
import { Cancel } from '../../src/core/cancel.ts'
import { live } from '../../src/core/outcome.ts'
import { newAllowance } from '../support/allowance.ts'
import { TRACE } from '../support/trace.ts'

const call: Call = {
  id: 'weather',
  source: 'weather',
  context: { requestId: 'request', trace: TRACE, made: new Map(), allowance: newAllowance() },
  request: { method: 'GET', path: '/', headers: [], body: null, isRepeatable: true, key: 'k', shown: () => null },
  deadline: { at: 2000, cause: 'batch', spanMs: 1000 },
  cancel: new Cancel(),
  kind: 'first',
  record: newRecord(),
}

t.test('the first policy of a stack is outermost', async (t) => {
  const passed: string[] = []
  const policy =
    (name: string): Policy =>
    (next) =>
    async (call) => {
      passed.push(`into ${name}`)
      const outcome = await next(call)
      passed.push(`out of ${name}`)
      return outcome
    }
  const end = live(null, 204)
  const stack = compose([policy('a'), policy('b')], async () => {
    passed.push('end')
    return end
  })
  t.equal(await stack(call), end)
  t.same(passed, ['into a', 'into b', 'end', 'out of b', 'out of a'])
})

t.test('an empty stack is the innermost call itself', async (t) => {
  const innermost = async () => live(null, 204)
  t.equal(compose([], innermost), innermost)
})

t.test('a policy is applied once, not once per call', async (t) => {
  let made = 0
  const counting: Policy = (next) => {
    made += 1
    return next
  }
  const stack = compose([counting], async () => live(null, 204))
  await stack(call)
  await stack(call)
  t.equal(made, 1)
})

t.test('records share nothing', async (t) => {
  const [one, other] = [newRecord(), newRecord()]
  one.effort.attempts = 3
  t.strictSame(other, {
    startedAt: 0,
    endedAt: 0,
    effort: { attempts: 0, sent: 0, unauthorized: 0, hedged: false, bytes: 0 },
  })
})
