import t from 'tap'
import { OwnUpstreams } from './examples.ts'
import { BLOCKS } from './markdown.ts'

/** The metrics in docs/monitoring.md are those of a real run. */

t.test('the lines shown are of a real scrape', async (t) => {
  const service = await (await OwnUpstreams.start(t)).build('my.yaml')
  await service.get('/aggregate/account?user=1')
  await service.get('/aggregate/account?user=2')
  const { body } = await service.get('/metrics')
  const blocks = BLOCKS.filter(({ lang, info }) => lang === 'text' && info === 'metrics')
  t.equal(blocks.length, 1)
  const real = body.split('\n')
  // durations and memory differ from run to run; what is counted does not
  const form = (line: string) => (/_(sum|bytes|bucket)\b|_seconds /.test(line) ? line.replace(/ \S+$/, '') : line)
  const forms = new Set(real.map(form))
  const lines = blocks.flatMap(({ text }) => text.split('\n')).filter((line) => line !== '' && line !== '...')
  t.ok(lines.length > 10)
  for (const line of lines) t.ok(forms.has(form(line)), line)
})
