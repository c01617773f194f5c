import { parseArgs } from 'node:util'
import { compare } from './compare/compare.ts'
import type { Foreign } from './compare/servers.ts'
import { compose } from './compose.ts'
import { deadline } from './deadline.ts'
import { delivery } from './delivery.ts'
import { digits } from './digits.ts'
import { fanOut } from './fan-out.ts'
import { type Figure, formatTable } from './figure.ts'
import { growth } from './growth.ts'
import { hold } from './hold.ts'
import { large } from './large.ts'
import { outage } from './outage.ts'
import { profile } from './profile/profile.ts'
import { replicas } from './replicas.ts'
import { soak } from './soak.ts'
import { tail } from './tail.ts'

/**
 * The benchmark: `npm run bench` compares Tributary with other servers, `npm run bench -- NAME …` measures the named
 * parts, and `npm run bench -- profile` says where the time goes. docs/benchmarks.md explains each figure. A figure
 * outside its promised range does not fail the run, because machines differ.
 */

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    quick: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    server: { type: 'string', multiple: true, default: [] },
    floor: { type: 'boolean', default: false },
    dir: { type: 'string' },
    rows: { type: 'string', default: '40' },
  },
})

const CASES: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  compare: comparison,
  profile: profiling,
  growth,
  hold,
  soak,
  replicas,
  'fan-out': fanOut,
  deadline,
  tail,
  outage,
  compose,
  large,
  delivery,
  digits,
}
/** Those for which something is promised. */
const PROMISES = ['fan-out', 'deadline', 'tail', 'outage', 'compose', 'large', 'delivery', 'digits']

const named = positionals.length > 0 ? positionals : ['compare']
const names = named.flatMap((name) => (name === 'promises' ? PROMISES : [name]))
const unknown = names.filter((name) => !Object.hasOwn(CASES, name))
if (unknown.length > 0) {
  process.stderr.write(`there is no ${unknown.join(', ')}; there is ${Object.keys(CASES).join(', ')}, promises\n`)
  process.exit(2)
}
for (const name of names) {
  process.stdout.write(`\n${name}\n`)
  process.stdout.write(formatTable((await CASES[name]?.()) ?? []))
}

/** Prints its tables itself. */
async function comparison(): Promise<readonly Figure[]> {
  const { quick, save, only } = values
  await compare({ quick, save, only, foreign: values.server.map(foreignOf) })
  return []
}

/** Prints its tables itself. */
async function profiling(): Promise<readonly Figure[]> {
  const { only, floor, dir = null, rows } = values
  await profile({ only, floor, dir, rows: Number(rows) })
  return []
}

/** A server that runs already, as in `krakend=http://127.0.0.1:8080/{sources}/{bytes},4711`. */
function foreignOf(written: string): Foreign {
  const [, name, url, pid] = /^([^=]+)=(.+),(\d+)$/.exec(written) ?? []
  if (name !== undefined && url !== undefined) return { name, url, pid: Number(pid) }
  process.stderr.write(`--server ${written} is not NAME=URL,PID\n`)
  process.exit(2)
}
