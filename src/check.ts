import { type CommandLine, readCommandLine } from './command-line.ts'
import type { Config } from './config/config.ts'
import { formatProblem, loadConfig } from './config/load.ts'
import { summarize } from './config/summary.ts'

const USAGE = 'usage: npm run check -- --config <file>   (or TRIBUTARY_CONFIG=<file> npm run check)'

if (import.meta.main) process.exitCode = await check(readCommandLine(process.argv.slice(2), process.env))

/** Exit code 0: as it should be. 1: problems, all on standard error. 2: wrong usage. */
async function check(line: CommandLine): Promise<0 | 1 | 2> {
  if ('problem' in line) return complain([line.problem, USAGE], 2)
  if (line.file === null) return complain([USAGE], 2)
  const { config, warnings, problems } = await loadConfig(line.file, process.env)
  if (config === null) return complain(problems.map(formatProblem), 1)
  say(
    config,
    warnings.map((warning) => `warning: ${formatProblem(warning)}`),
  )
  return 0
}

function say(config: Config, warnings: readonly string[]): void {
  process.stdout.write([...summarize(config), ...warnings, ''].join('\n'))
}

function complain<Code extends number>(lines: readonly string[], code: Code): Code {
  process.stderr.write([...lines, ''].join('\n'))
  return code
}
