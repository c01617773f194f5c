import { readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import t from 'tap'

/** package-lock.json: what `npm ci` makes of it, on this machine and in the image. */

interface Entry {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const lock = JSON.parse(readFileSync(join(import.meta.dirname, '../../package-lock.json'), 'utf8'))
const packages = new Map(Object.entries(lock.packages as Record<string, Entry>))

/** The entry that Node would find from a package's folder, as in `node_modules/a/node_modules/b`. */
function find(name: string, from: string): Entry | undefined {
  const entry = packages.get(posix.join(from, 'node_modules', name))
  if (entry !== undefined || from === '') return entry
  return find(name, from.slice(0, Math.max(0, from.lastIndexOf('node_modules/') - 1)))
}

t.test('it names the packages of every platform, not of the one it was made on alone', async (t) => {
  // a registry that lacks some makes npm leave them out silently, and npm ci refuse everywhere (npm/cli#9342)
  const optional = [...packages].flatMap(([from, entry]) =>
    Object.keys(entry.optionalDependencies ?? {}).map((name) => ({ from, name })),
  )
  t.ok(optional.length > 30, 'they are found')
  const missing = optional.filter(({ name, from }) => find(name, from)?.version === undefined)
  t.strictSame(missing, [])
})
