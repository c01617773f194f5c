import { parseArgs } from 'node:util'
import { compose } from './compose.ts'
import { cpu } from './cpu.ts'
import { deadline } from './deadline.ts'
import { delivery } from './delivery.ts'
import { digits } from './digits.ts'
import { fanOut } from './fan-out.ts'
import { type Figure, formatTable } from './figure.ts'
import { large } from './large.ts'
import { outage } from './outage.ts'
import { scale } from './scale.ts'
import { tail } from './tail.ts'

/**
 * The benchmark: `npm run bench` measures everything, `npm run bench -- NAME …` the named parts. docs/benchmarks.md
 * explains each figure. A figure outside its promised range does not fail the run, because machines differ.
 */

interface BenchOptions {
  /** The folder for CPU profiles of Tributary's process; null for none. */
  readonly profileDir: string | null
}

const CASES: Readonly<Record<string, (options: BenchOptions) => Promise<readonly Figure[]>>> = {
  'fan-out': fanOut,
  deadline,
  cpu,
  scale,
  tail,
  outage,
  compose,
  large,
  delivery,
  digits,
}

const { values, positionals } = parseArgs({ allowPositionals: true, options: { profile: { type: 'string' } } })
const names = positionals.length > 0 ? positionals : Object.keys(CASES)
const unknown = names.filter((name) => !Object.hasOwn(CASES, name))
if (unknown.length > 0) {
  process.stderr.write(`there is no ${unknown.join(', ')}; there is ${Object.keys(CASES).join(', ')}\n`)
  process.exit(2)
}
for (const name of names) {
  process.stdout.write(`\n${name}\n`)
  const figures = await CASES[name]?.({ profileDir: values.profile ?? null })
  process.stdout.write(formatTable(figures ?? []))
}
