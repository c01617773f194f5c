import fc from 'fast-check'
import t from 'tap'
import {
  choiceOf,
  fragmentOf,
  parametersFor,
  requestOf,
  startOf,
  targetOf,
} from '../../../src/console/browser/request.js'
import type { Offer, OfferedEndpoint } from '../../../src/console/offered.ts'

const parameter = (name: string, takenBy: readonly string[]) => ({
  name,
  description: '',
  types: ['string'],
  values: null,
  default: null,
  takenBy,
  neededBy: [],
  isForOne: name.includes('.'),
})
const entry = (key: string) => ({ key, source: key, description: null, required: false })
const ALL: OfferedEndpoint = {
  view: null,
  path: 'aggregate',
  description: null,
  deadlineMs: 2000,
  streams: true,
  entries: ['weather', 'news', 'user'].map(entry),
  parameters: [parameter('q', ['weather', 'news']), parameter('weather.q', ['weather']), parameter('id', ['user'])],
  headers: [],
}
const HOME: OfferedEndpoint = { ...ALL, view: 'home', path: 'aggregate/home', streams: false }
const OFFER: Offer = {
  endpoints: [ALL, HOME],
  auth: { apiKey: true, token: false },
  explain: true,
  endings: ['empty', 'delay=800ms', 'http_response_timeout'],
}
const START = startOf(OFFER, ALL)

t.test('the target has what differs from asking for all', async (t) => {
  t.equal(targetOf(ALL, START), 'aggregate?explain=true')
  t.equal(targetOf(ALL, { ...START, explain: false }), 'aggregate')
  t.equal(
    targetOf(ALL, {
      ...START,
      picked: ['weather', 'news'],
      values: { q: ['São Paulo & co'], 'weather.q': ['a', 'b'], id: ['7'] },
      deadlineMs: '800',
      strict: true,
      endings: { news: 'delay=800ms', user: 'empty' },
    }),
    'aggregate?sources=weather,news&q=S%C3%A3o%20Paulo%20%26%20co&weather.q=a&weather.q=b&deadlineMs=800&strict=true&explain=true&simulate=news:delay=800ms',
    'without what belongs to a source that was not picked',
  )
  t.equal(targetOf(ALL, { ...START, values: { q: ['\ud800'] } }), 'aggregate?q=%EF%BF%BD&explain=true')
})

t.test('parameters follow what is picked', async (t) => {
  const names = (...picked: string[]) => parametersFor(ALL, picked).map(({ name }) => name)
  t.same(names('news'), ['q'])
  t.same(names('user', 'weather'), ['q', 'weather.q', 'id'])
  t.same(names(), [])
})

t.test('the request is relative to the page, wherever that is', async (t) => {
  const credentials = [{ header: 'x-api-key', prefix: '', variable: 'API_KEY', value: 'secret' }]
  const asked = requestOf(ALL, START, credentials, 'https://host.example/deep/#/aggregate')
  t.same(asked, {
    url: 'https://host.example/deep/aggregate?explain=true',
    accept: 'application/x-ndjson',
    credentials,
  })
  t.equal(requestOf(HOME, START, [], 'http://h/').accept, 'application/json')
})

t.test('a fragment brings a choice back', async (t) => {
  const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 3 })
  const choices = fc.record({
    picked: fc.subarray(['weather', 'news', 'user'], { minLength: 1 }),
    q: texts,
    id: texts,
    deadlineMs: fc.constantFrom('', '1', 'x&y'),
    strict: fc.boolean(),
    explain: fc.boolean(),
    endings: fc.dictionary(fc.constantFrom('weather', 'news'), fc.constantFrom(...OFFER.endings)),
  })
  fc.assert(
    fc.property(choices, fc.constantFrom(ALL, HOME), ({ q, id, ...made }, endpoint) => {
      const values = { ...(q.length > 0 ? { q } : {}), ...(id.length > 0 ? { id } : {}) }
      const choice = { ...made, path: endpoint.path, values }
      const fragment = fragmentOf(endpoint, choice)
      const back = choiceOf(OFFER, new URL(fragment, 'http://h/').hash)
      if (back === null) throw new Error(fragment)
      // what is not sent is not in it, and does not come back
      t.equal(targetOf(endpoint, back), targetOf(endpoint, choice))
      t.same(back.picked, choice.picked)
    }),
  )
})

t.test('of a fragment only what is offered counts', async (t) => {
  t.equal(choiceOf(OFFER, ''), null)
  t.equal(choiceOf(OFFER, '#top'), null)
  t.equal(choiceOf(OFFER, '#/aggregate/nope?q=1'), null)
  t.equal(choiceOf(OFFER, '#//evil.example/aggregate'), null)
  t.match(choiceOf(OFFER, '#/aggregate?sources=news,nope&simulate=news:boom&simulate=x&other=1&q=%zz&explain=1'), {
    picked: ['news'],
    endings: {},
    values: { q: ['%zz'] },
    explain: false,
  })
  t.equal(choiceOf({ ...OFFER, explain: false }, '#/aggregate?explain=true')?.explain, false)
})
