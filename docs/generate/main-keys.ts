import { blockOf, flow, keysOf, type Schema } from './keys.ts'
import { table } from './table.ts'

/** The keys that most configurations need. `*` stands for an id. */
const MAIN_KEYS = [
  'sources.*.url',
  'sources.*.params',
  'sources.*.values',
  'sources.*.headers',
  'sources.*.timeout',
  'sources.*.required',
  'sources.*.fallback',
  'sources.*.select',
  'sources.*.cache',
  'views.*.sources',
  'deadline.default',
  'server.host',
  'server.port',
]

/** A table of the main keys for README.md, with the first sentence of each description. */
export function mainKeys(root: Schema): string {
  const rows = MAIN_KEYS.map((path) => {
    const names = path.split('.').filter((name) => name !== '*')
    const last = names.pop() ?? ''
    const block = names.reduce((at: Schema, name) => {
      const schema = at.properties?.[name] ?? {}
      return blockOf(schema)?.block ?? schema
    }, root)
    const key = keysOf(block).find(({ name }) => name === last)
    if (key === undefined) throw new Error(`config.schema.json has no key ${path}`)
    return [`\`${path}\``, key.standard, key.text.replace(/(?<=\.) .*/, ''), `\`${flow(key.example)}\``]
  })
  return table(['key', 'default', 'what it does', 'example'], rows)
}
