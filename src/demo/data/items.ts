import { slug } from './query.ts'

/** An item in the shape of Hacker News: a story, a job or a comment. All of it is invented. */
export interface Item {
  readonly id: number
  readonly type: 'story' | 'job' | 'comment'
  readonly by?: string
  readonly time: number
  readonly title?: string
  readonly url?: string
  readonly text?: string
  readonly score?: number
  readonly descendants?: number
  readonly kids?: readonly number[]
  readonly parent?: number
  /** Deleted by its author: little more than the id is left. */
  readonly deleted?: true
  /** Hidden by readers' flags. */
  readonly dead?: true
}

const titles = [
  'A queue that forgets: bounded memory for unbounded work',
  'Show HN: Tidepool, a database you can read aloud',
  'The compiler that explains itself',
  'Why our tests run backwards',
  'Notes from ten years of on-call',
  'A timer wheel in sixty lines',
  'Ask HN: What did you stop automating?',
  'Reading a datasheet, slowly',
  'Deadlines are not timeouts',
  'The last floppy disk factory',
  'Show HN: Draw your cron jobs as a city map',
  'Partial answers beat late ones',
  'Every retry is a vote for the outage',
  'Small languages, long lives',
  'Lanternworks (remote) is hiring a second engineer',
  'How a spreadsheet landed a balloon',
  'The joy of plain text logs',
  'A garbage collector for kitchen drawers',
  'What the bulkhead saved',
  'Ask HN: Which error message made you smile?',
  'Type systems for gardeners',
  'Measuring a millisecond with a candle',
  'Show HN: I rebuilt my router as a marble run',
  'The case for boring ports',
  'Jitter, explained with a crowded door',
  'A font made of rejected icons',
  'Sorting books by the colour of their arguments',
  'The cache that said no',
  'Writing a shell on a train',
  'Old maps, new routing',
  'One binary, forty years',
  'How we deleted half of our services',
  'Show HN: Pebble, a text editor with no settings',
  'Circuit breakers before electronics',
  'Unicode for people with a long surname',
  'Learning to read hexadecimal weather',
]
const people = ['quietfern', 'odd_socket', 'mlindholm', 'tenpenny', 'barnacle', 'heliograph', 'ruta', 'slowloop']
const remarks = [
  'We did this for two years. The hard part was deciding what to leave out.',
  'Is there a version of this that works <i>without</i> a clock?',
  'I keep a printed copy of the last paragraph over my desk.',
  'The numbers look right to me, but the warm-up should be shown too.',
  'Came for the title, stayed for the footnotes.',
]

// Fixed times and ids, not now: the same request gets the same bytes.
const NEWEST = Date.parse('2026-11-20T10:40:00Z') / 1000
const FIRST_ID = 41_000_000
const pick = (from: readonly string[], index: number) => from[index % from.length] as string

const threads = titles.map((title, index): [story: Item, ...comments: Item[]] => {
  const id = FIRST_ID - index * 10
  const base = { id, by: pick(people, index), time: NEWEST - index * 1_260, title, score: 412 - index * 11 }
  const url = `https://${slug(pick(people, index))}.example.com/${slug(title)}`
  if (title.includes('is hiring')) return [{ ...base, type: 'job', url }]
  const comments = remarks.slice(0, 1 + (index % remarks.length)).map((_, place) => commentOf(base, index, place))
  const link = title.startsWith('Ask HN') ? { text: 'Curious what others have found.' } : { url }
  const kids = comments.map((comment) => comment.id)
  return [{ ...base, type: 'story', ...link, descendants: kids.length, kids }, ...comments]
})

function commentOf(story: { id: number; time: number }, index: number, place: number): Item {
  const said = { by: pick(people, index + place + 1), text: pick(remarks, index + place) }
  return { id: story.id + 1 + place, type: 'comment', ...said, time: story.time + 300 * (place + 1), parent: story.id }
}

/** Ids of items that are gone. Not top stories here, but real ones can be deleted after the list was read. */
export const GONE = { deleted: FIRST_ID + 100, dead: FIRST_ID + 110 }
const gone: readonly Item[] = [
  { id: GONE.deleted, type: 'story', time: NEWEST + 60, deleted: true },
  { ...(threads[0]?.[0] as Item), id: GONE.dead, title: '[flagged]', dead: true },
]

/** The ids of the stories, the best first. */
export const topStories: readonly number[] = threads.map(([story]) => story.id)

/** Stories and their comments, by id as in the URL. */
export const items: ReadonlyMap<string, Item> = new Map(
  [...threads.flat(), ...gone].map((item) => [String(item.id), item]),
)
