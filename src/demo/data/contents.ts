import { slug } from './query.ts'
import { rowsOf, timeOf } from './rows.ts'

/** A search result in The Guardian's shape, and the fields that `show-fields` adds. All of it is invented. */
export interface Content {
  readonly result: {
    readonly id: string
    readonly type: 'article'
    readonly sectionId: string
    readonly sectionName: string
    readonly webPublicationDate: string
    readonly webTitle: string
    readonly webUrl: string
    readonly apiUrl: string
    readonly isHosted: false
    readonly pillarId: string
    readonly pillarName: string
  }
  readonly fields: { readonly headline: string; readonly trailText: string; readonly byline: string }
}

const sections = {
  world: ['World news', 'News'],
  technology: ['Technology', 'News'],
  environment: ['Environment', 'News'],
  books: ['Books', 'Arts'],
  sport: ['Sport', 'Sport'],
  food: ['Food', 'Lifestyle'],
} as const satisfies Record<string, readonly [name: string, pillar: string]>

// section | byline | title | trail text
const rows = rowsOf<[section: keyof typeof sections, byline: string, title: string, trail: string]>(`
world | Noor Castellane | Two capitals, one timetable: the night train that nobody expected to fill | It has been sold out since its third week.
technology | Piet Okafor | The programmers who write for machines older than they are | A pension fund runs on it, and so does a brewery.
environment | Sunniva Roy | Tidal energy: the village that sells its moonlight | Two turbines under a bridge power the whole valley.
books | Elia Marsh | The library that lends out its readers | Half an hour with a stranger who knows the book by heart.
sport | Dan Whitlock | Extra time, extra players: the strangest cup tie of the season | Both benches were empty by the end.
food | Amara Voss | One pot, six onions: a soup for people who are tired | Forty minutes, most of them on the sofa.
world | Tariq Belmonte | Island parliament moves into a fish market | The debates start at five, when the floor is dry.
technology | Noor Castellane | Why your next keyboard may be a tablecloth | A woven sensor survives the washing machine.
environment | Piet Okafor | Beavers finish flood defence ahead of schedule | The engineers had planned for another two years.
books | Sunniva Roy | A novel in footnotes wins the Harrow prize | The judges read it from the bottom up.
sport | Amara Voss | The marathon that runs backwards, and why it is faster | Downhill helps. So does the wind.
food | Elia Marsh | Bread without a recipe: bakers on the feel of dough | Listen to the crust, they say.
world | Dan Whitlock | Border post becomes a concert hall | The barrier goes up at eight.
technology | Tariq Belmonte | The quiet return of the pocket calculator | Schools buy them by the crate, and save energy.
environment | Noor Castellane | Street lamps that dim for moths | A town saves energy, and gets its owls back.
books | Piet Okafor | Letters to a translator who never answered | Sixty years of questions about one comma.
sport | Sunniva Roy | Cricket on ice: rules for a short winter | Bring spikes, and an orange ball.
food | Dan Whitlock | Leftovers, ranked by honesty | The potato knows what it was.
`)

// A fixed day, not now: the same request gets the same bytes.
const NEWEST = Date.parse('2026-11-20T10:05:00Z')

/** The newest first. */
export const contents: readonly Content[] = rows.map(([sectionId, byline, headline, trailText], index) => {
  const [sectionName, pillarName] = sections[sectionId]
  const id = `${sectionId}/2026/nov/20/${slug(headline)}`
  const result = {
    id,
    type: 'article' as const,
    sectionId,
    sectionName,
    webPublicationDate: timeOf(NEWEST - index * 31 * 60_000),
    webTitle: headline,
    webUrl: `https://guardian.example.com/${id}`,
    apiUrl: `https://content.guardian.example.com/${id}`,
    isHosted: false as const,
    pillarId: `pillar/${pillarName.toLowerCase()}`,
    pillarName,
  }
  return { result, fields: { headline, trailText, byline } }
})
