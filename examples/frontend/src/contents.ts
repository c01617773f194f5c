import { element } from './element.ts'
import type { Settled } from './stream.ts'

/** What is in the cards, by source. The data of each has the type that the source's schema declares. */

type SourceId = 'weather' | 'newsapi' | 'guardian' | 'stories'
type WithData = Extract<Settled, { ok: true }>
type DataOf<Id extends SourceId> = Extract<WithData, { id: Id }>['data']

function weather(data: DataOf<'weather'>): Node {
  if (data === null) return nothing('There is no city of that name.')
  const [sky] = data.weather
  return element(
    'div',
    { className: 'reading' },
    element('p', { className: 'temperature' }, degrees(data.main.temp)),
    element(
      'p',
      { className: 'details' },
      element('strong', {}, sky?.description ?? 'No report of the sky'),
      ` in ${data.name}, humidity ${data.main.humidity} %`,
    ),
  )
}

function newsapi(data: DataOf<'newsapi'>): Node {
  return linksOf(data?.articles.map(({ title, url, source }) => ({ title, url, note: source.name })))
}

function guardian(data: DataOf<'guardian'>): Node {
  return linksOf(
    data?.response.results.map(({ webTitle, webUrl, sectionName }) => {
      return { title: webTitle, url: webUrl, note: sectionName }
    }),
  )
}

/** A story that could not be had is null. */
function stories(data: DataOf<'stories'>): Node {
  const found = data?.filter((story) => story !== null)
  return linksOf(
    found?.map(({ title, url, publishedAt }) => ({ title, url, note: clock.format(new Date(publishedAt)) })),
  )
}

export const SOURCES = ['weather', 'newsapi', 'guardian', 'stories'] as const satisfies readonly SourceId[]

/** What a card shows of a source that has data. Null for a source that has no card. */
export function contentOf(record: WithData): Node | null {
  switch (record.id) {
    case 'weather':
      return weather(record.data)
    case 'newsapi':
      return newsapi(record.data)
    case 'guardian':
      return guardian(record.data)
    case 'stories':
      return stories(record.data)
    default:
      return null
  }
}

const clock = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' })

export function degrees(celsius: number): string {
  // the minus sign, not a hyphen
  return `${Math.round(celsius)}°`.replace('-', '−')
}

interface Link {
  readonly title: string
  readonly url: string
  readonly note: string
}

function linksOf(links: readonly Link[] = []): Node {
  if (links.length === 0) return nothing('Nothing new.')
  const items = links.map(({ title, url, note }) =>
    element(
      'li',
      {},
      element('a', { href: url, rel: 'noreferrer' }, title),
      element('span', { className: 'note' }, note),
    ),
  )
  return element('ol', { className: 'links' }, ...items)
}

function nothing(text: string): Node {
  return element('p', { className: 'nothing' }, text)
}
