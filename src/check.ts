import { parseArgs } from 'node:util'
import type { Config } from './config/config.ts'
import { formatProblem, loadConfig } from './config/load.ts'
import { summarize } from './config/summary.ts'

const USAGE = 'usage: npm run check -- --config <file>   (or TRIBUTARY_CONFIG=<file> npm run check)'

if (import.meta.main) process.exitCode = await check(fileOf(process.argv.slice(2)))

/** Exit code 0: as it should be. 1: problems, all on standard error. 2: wrong usage. */
async function check(file: string | null): Promise<0 | 1 | 2> {
  if (file === null) return complain([USAGE], 2)
  const { config, warnings, problems } = await loadConfig(file, process.env)
  if (config === null) return complain(problems.map(formatProblem), 1)
  say(
    config,
    warnings.map((warning) => `warning: ${formatProblem(warning)}`),
  )
  return 0
}

function fileOf(args: readonly string[]): string | null {
  try {
    const { values } = parseArgs({ args: [...args], options: { config: { type: 'string' } } })
    return values.config ?? (process.env.TRIBUTARY_CONFIG || null)
  } catch {
    return null
  }
}

function say(config: Config, warnings: readonly string[]): void {
  process.stdout.write([...summarize(config), ...warnings, ''].join('\n'))
}

function complain<Code extends number>(lines: readonly string[], code: Code): Code {
  process.stderr.write([...lines, ''].join('\n'))
  return code
}
