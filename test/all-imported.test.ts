import { globSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

/** Where a process begins: to import one is to start it. */
const ENTRY_POINTS = new Set([
  'src/main.ts',
  'src/cli/serve.ts',
  'src/cli/check.ts',
  'src/cli/dev.ts',
  'src/cli/publish.ts',
])

const ROOT = join(import.meta.dirname, '..')
const files = globSync('{src,routes}/**/*.ts', { cwd: ROOT }).sort()

t.test('every file loads by itself; the coverage tool does not count what no test loads', async (t) => {
  t.ok(files.includes('src/app.ts') && files.includes('routes/aggregate.ts'), 'the files are found')
  for (const file of files.filter((file) => !ENTRY_POINTS.has(file))) await t.resolves(import(join(ROOT, file)), file)
})
