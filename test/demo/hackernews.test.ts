import t from 'tap'
import { GONE, type Item } from '../../src/demo/data/items.ts'
import { hackernews } from '../../src/demo/hackernews.ts'
import { ask } from './ask.ts'

const item = (id: number | string) => ask(hackernews, `/v0/item/${id}.json`)
const top = (): number[] => ask(hackernews, '/v0/topstories.json').body
const stories = (): Item[] => top().map((id) => item(id).body)

t.test('top stories are ids, each of an item', async (t) => {
  t.equal(ask(hackernews, '/v0/topstories.json').status, 200)
  t.ok(top().length >= 30)
  t.equal(new Set(top()).size, top().length)
  for (const [place, story] of stories().entries()) {
    t.match(story, { id: top()[place], type: /^(story|job)$/, by: String, time: Number, title: String, score: Number })
  }
})

t.test('a story links or asks; a job has no comments', async (t) => {
  t.match(stories()[0], { type: 'story', url: /^https:\/\/[a-z-]+\.example\.com\/[a-z0-9-]+$/, descendants: Number })
  const asking = stories().find(({ title }) => title?.startsWith('Ask HN'))
  t.match(asking, { type: 'story', text: String, url: undefined })
  const job = stories().find(({ type }) => type === 'job')
  t.match(job, { url: String, kids: undefined, descendants: undefined })
})

t.test('the kids of a story are its comments', async (t) => {
  for (const { id, kids = [], descendants = 0 } of stories()) {
    t.equal(kids.length, descendants)
    for (const kid of kids) t.match(item(kid).body, { id: kid, type: 'comment', parent: id, by: String, text: String })
  }
})

t.test('of a deleted story little is left, a dead one says so; neither is a top story', async (t) => {
  t.strictSame(item(GONE.deleted).body, { id: GONE.deleted, type: 'story', time: 1_795_171_260, deleted: true })
  t.match(item(GONE.dead).body, { id: GONE.dead, type: 'story', title: '[flagged]', url: String, dead: true })
  for (const id of Object.values(GONE)) t.notOk(top().includes(id))
})

t.test('an unknown item is null, an unknown path is denied', async (t) => {
  t.same(item(1), { status: 200, body: null })
  t.same(item('constructor'), { status: 200, body: null })
  t.match(ask(hackernews, '/v0/nothing.json'), { status: 401, body: { error: 'Permission denied' } })
  t.match(hackernews.fault(503), { status: 503, body: { error: String } })
})
