import { slug } from './query.ts'
import { rowsOf, timeOf } from './rows.ts'

/** An article in NewsAPI's shape, and the properties by which it is found. All of it is invented. */
export interface Headline {
  readonly country: string
  readonly category: string
  readonly article: {
    readonly source: { readonly id: string | null; readonly name: string }
    readonly author: string | null
    readonly title: string
    readonly description: string
    readonly url: string
    readonly urlToImage: string | null
    readonly publishedAt: string
    readonly content: string
  }
}

// country | category | publisher | author, if named | title | description
type Row = [country: string, category: string, name: string, author: string, title: string, description: string]
const rows = rowsOf<Row>(`
us | general | Harbour Herald | Ines Calder | Ferry line returns after nine years | Morning boats cross the bay again, twice an hour.
us | technology | Tech Lantern | Ravi Oduya | Pocket satellite maps wildfire smoke by the minute | Students built the camera from spare parts.
us | business | Northern Ledger | - | Small bakeries share one oven | A cooperative halves what energy costs its members.
us | science | Example Times | Lucía Ferran | Deep sea choir: an unknown whale song | Researchers listened for eleven months.
us | health | Example Times | Tom Achterberg | Walking meetings catch on in hospitals | Nurses report calmer shifts after a trial.
us | sports | Field and Pitch | Maya Lindqvist | Underdogs win the lake regatta by a hand | A last stroke decided eight kilometres.
us | entertainment | Riverbend Gazette | - | A silent film finds its last reel | It lay in a box labelled “curtains” for ninety years.
us | technology | Tech Lantern | Jo Prentice | City buses learn to wait | A sensor at the door gives slow passengers ten seconds more.
us | general | Riverbend Gazette | Hal Moreno | Town keeps its clock five minutes fast | Nobody has missed the train since, the mayor says.
us | business | Northern Ledger | Adaeze Brandt | Repair shops outnumber phone shops | Spare parts became cheap, and customers patient.
us | science | Tech Lantern | Ravi Oduya | Battery made of salt passes its first winter | The energy store heated forty homes through the frost.
us | health | Harbour Herald | Ines Calder | School lunches grow on the school roof | Pupils harvest half a tonne of vegetables a year.
us | sports | Field and Pitch | - | Chess boxing league fills a stadium | Eleven rounds, and a draw by repetition.
us | entertainment | Example Times | Lucía Ferran | Orchestra tours by night train | Rehearsals are between two stations.
us | general | Harbour Herald | Tom Achterberg | Lighthouse keeper wanted, no ladder needed | Six hundred people applied within a day.
us | technology | Example Times | Jo Prentice | Open map counts every public bench | Volunteers added two million places to sit.
gb | general | Northern Ledger | Maya Lindqvist | Canal boats deliver parcels to the centre | Slower than vans, and on time more often.
gb | technology | Tech Lantern | Ravi Oduya | Village builds its own network in a weekend | Forty houses, one trench, no contract.
gb | science | Example Times | - | Hedgehogs prefer jazz, a garden study finds | The sample was small, and very quick to leave.
gb | sports | Field and Pitch | Hal Moreno | Rain stops play, then joins it | A flooded pitch became a swimming heat.
`)

// A fixed day, not now: the same request gets the same bytes.
const NEWEST = Date.parse('2026-11-20T09:30:00Z')

const written = rows.map(([country, category, name, author, title, description], index) => {
  const url = `https://${slug(name)}.example.com/${category}/${slug(title)}`
  const article = {
    // A publisher that NewsAPI does not list has a name but no id.
    source: { id: name === 'Riverbend Gazette' ? null : slug(name), name },
    author: author === '-' ? null : author,
    title,
    description,
    url,
    urlToImage: `${url}.jpg`,
    publishedAt: timeOf(NEWEST - index * 47 * 60_000),
    content: `${description} The full article has more… [+${1200 + index * 83} chars]`,
  }
  return { country, category, article }
})

/** The form in which NewsAPI shows an article that the publisher withdrew. */
const removed: Headline['article'] = {
  source: { id: null, name: '[Removed]' },
  author: null,
  title: '[Removed]',
  description: '[Removed]',
  url: 'https://removed.com',
  urlToImage: null,
  publishedAt: '1970-01-01T00:00:00Z',
  content: '[Removed]',
}

/** The newest first; the withdrawn article is last. */
export const articles: readonly Headline[] = [...written, { country: 'gb', category: 'general', article: removed }]
