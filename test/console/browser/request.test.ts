import fc from 'fast-check'
import t from 'tap'
import {
  choiceOf,
  fragmentOf,
  parametersFor,
  requestOf,
  startOf,
  stepsIn,
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
  method: 'GET',
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

t.test('names that every object knows are names like others', async (t) => {
  const names = ['constructor', 'toString']
  const odd = {
    ...ALL,
    path: 'v1/{valueOf}',
    entries: names.map(entry),
    parameters: [...names, 'valueOf'].map((name) => parameter(name, names)),
  }
  t.equal(targetOf(odd, startOf(OFFER, odd)), 'v1/?explain=true')
  t.same(stepsIn(odd, startOf(OFFER, odd)), [])
})

t.test('a value that is a step to another path is found', async (t) => {
  const at: OfferedEndpoint = { ...ALL, path: 'v1/{q}/x', parameters: [parameter('q', ['weather'])] }
  for (const [value, isStep] of [
    ['.', true],
    ['..', true],
    ['...', false],
    ['a/..', false],
    ['%2e%2e', false],
  ] as const) {
    const choice = { ...START, explain: false, values: { q: [value] } }
    t.same(stepsIn(at, choice), isStep ? ['q'] : [], value)
    const { pathname } = new URL(requestOf(at, choice, [], 'http://localhost/').url)
    t.equal(pathname === `/v1/${encodeURIComponent(value)}/x`, !isStep, 'what is left arrives as it is')
  }
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
    method: 'GET',
    url: 'https://host.example/deep/aggregate?explain=true',
    accept: 'application/x-ndjson',
    credentials,
    body: '',
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
      const choice = { ...made, view: endpoint.view, body: '', values }
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
  for (const none of ['', '#', '#top', '#home', '#nope?q=1', '#//evil.example/aggregate?', '#/aggregate?q=1'])
    t.equal(choiceOf(OFFER, none), null, none)
  t.equal(choiceOf(OFFER, '#?')?.view, null)
  t.match(choiceOf(OFFER, '#home?sources=news,nope&simulate=news:boom&simulate=x&other=1&q=%zz&explain=1'), {
    view: 'home',
    picked: ['news'],
    endings: {},
    values: { q: ['%zz'] },
    explain: false,
  })
  t.equal(choiceOf({ ...OFFER, explain: false }, '#?explain=true')?.explain, false)
})

t.test('a path with parameters, and a method that takes a body', async (t) => {
  const view = { ...ALL, view: 'write', method: 'POST', path: 'v1/{q}/{id}', streams: false }
  const offer = { ...OFFER, endpoints: [ALL, view] }
  const choice = {
    ...startOf(offer, view),
    values: { q: ['a/b ü?'], 'weather.q': ['x'] },
    body: '{"n":1}',
    explain: false,
  }
  t.equal(targetOf(view, choice), 'v1/a%2Fb%20%C3%BC%3F/?weather.q=x')
  t.same(
    parametersFor(view, []).map(({ name }) => name),
    ['q', 'id'],
    'needed whatever is picked',
  )
  t.match(requestOf(view, choice, [], 'http://h/'), { method: 'POST', body: '{"n":1}', accept: 'application/json' })
  t.equal(requestOf(ALL, choice, [], 'http://h/').body, '', 'no GET has one')
  const fragment = fragmentOf(view, choice)
  t.equal(fragment, '#write?q=a%2Fb%20%C3%BC%3F&weather.q=x', 'the body is not in it')
  t.match(choiceOf(offer, `${fragment}&sources=news`), { values: choice.values, picked: choice.picked, body: '' })
})
