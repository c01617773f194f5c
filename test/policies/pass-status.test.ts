import { failure, statusFailure } from '../../src/core/failure.ts'
import { failed, type Outcome } from '../../src/core/outcome.ts'
import { passStatus } from '../../src/policies/pass-status.ts'
import { answering, DATA, failing, status, test } from './bench.ts'

const marks = passStatus({ statuses: [401, 404], mayShow: (value) => !value.includes('secret') })
const item = (index: number, upstreamStatus: number | null, code = 'upstream_status' as const) => {
  return { index, code, upstreamStatus }
}

test('a failure with a listed status is marked; others stay as they are', async (t, bench) => {
  const marked = await marks(answering(status(404)))(bench.call())
  t.equal(marked.failure?.passes, 404)
  t.notOk('challenge' in (marked.failure ?? {}))
  for (const outcome of [DATA, status(403), status(500), failing('connection_refused')])
    t.equal(await marks(answering(outcome))(bench.call()), outcome)
  // another code with the same status
  const other = failed(failure('select_failed', 'x', { upstreamStatus: 404 }))
  t.equal(await marks(answering(other))(bench.call()), other)
})

test('a list is marked only if all its failed items have the status', async (t, bench) => {
  const list = (...items: ReturnType<typeof item>[]) => failed({ ...statusFailure('a', 404, null), items })
  const same = await marks(answering(list(item(0, 404), item(1, 404))))(bench.call())
  t.equal(same.failure?.passes, 404)
  for (const outcome of [list(item(0, 404), item(1, 403)), list(item(0, 404), item(1, 404, 'invalid_body' as never))])
    t.equal(await marks(answering(outcome))(bench.call()), outcome)
})

test('a 401 brings its challenges, but none that may not be shown', async (t, bench) => {
  const challenge = (value: string) => ({ name: 'www-authenticate', value })
  const refused = (...values: string[]): Outcome => {
    return { ...status(401), headers: [{ name: 'x', value: 'y' }, ...values.map(challenge)] }
  }
  const of = async (outcome: Outcome) => (await marks(answering(outcome))(bench.call())).failure?.challenge
  t.equal(await of(refused('Basic realm="a"', 'Bearer')), 'Basic realm="a", Bearer')
  t.equal(await of(refused('Basic realm="secret"', 'Bearer')), 'Bearer')
  t.equal(await of(refused('Basic realm="secret"')), undefined)
  t.equal(await of(status(401)), undefined)
  t.equal(await of({ ...status(404), headers: [challenge('Bearer')] }), undefined)
})
