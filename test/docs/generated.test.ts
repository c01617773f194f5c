import t from 'tap'
import { generatedCharts, generatedPages, generatedParts } from '../../docs/generate/generate.ts'
import { DOCS, readRoot } from './markdown.ts'

/** The generated parts of README.md and docs/ are up to date. */

t.test('no generated part is stale (else: npm run docs)', async (t) => {
  const pages = generatedPages()
  t.strictSame(
    [...pages.keys()],
    [
      'README.md',
      ...['docs/answers.md', 'docs/benchmarks.md', 'docs/configuration.md', 'docs/monitoring.md', 'docs/operations.md'],
    ],
  )
  for (const [file, text] of pages) t.equal(readRoot(file), text, file)
})

t.test('no chart is stale, and each is on a page', async (t) => {
  for (const [file, svg] of generatedCharts()) {
    t.equal(readRoot(file), svg, file)
    t.ok(DOCS.includes(`(${file.slice('docs/'.length)})`), file)
  }
})

t.test('every part has its place', async (t) => {
  const placed = [...DOCS.matchAll(/<!-- generated: (.*?) -->/g)].map(([, name]) => name)
  t.strictSame(placed.toSorted(), Object.keys(generatedParts()).toSorted())
})
