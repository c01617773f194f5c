import t from 'tap'
import { Shared } from '../../src/core/shared.ts'

t.test('is closed once, by its last owner', async (t) => {
  const closed: string[] = []
  const shared = new Shared('store', (thing) => closed.push(thing))
  t.equal(shared.thing, 'store')
  t.equal(shared.retain(), shared)
  shared.release()
  t.strictSame(closed, [])
  shared.release()
  t.strictSame(closed, ['store'])
  t.throws(() => shared.retain(), { message: 'a closed resource cannot be retained' })
})
