import { formatProblem, type Loaded, loadConfig } from '../config/load.ts'
import { formatSummary, summarize } from '../config/summary.ts'
import { type CommandLine, readCommandLine } from './command-line.ts'

const USAGE = 'usage: npm run check -- FILE [--json]   (or --config FILE, or TRIBUTARY_CONFIG=FILE npm run check)'
const HELP = `${USAGE}

Checks a configuration: its summary and warnings go to standard output, or else all problems to standard error.

  FILE, --config FILE  the configuration, YAML or JSON
  --json               one JSON object on standard output instead, problems too: ok, file, problems and warnings (each
                       with path, line and message), summary (null where there are problems)
  --version            the version of Tributary and of Node.js
  --help               this text

exit code  0  it can be used, perhaps with warnings
           1  it cannot: there are problems
           2  wrong usage: nothing was checked`

if (import.meta.main)
  process.exitCode = await check(
    readCommandLine(process.argv.slice(2), process.env, { usage: USAGE, help: HELP, flags: ['json'] }),
  )

/** Returns the exit code, as HELP states it. */
async function check(line: CommandLine): Promise<0 | 1 | 2> {
  if ('problem' in line) return complain([line.problem], 2)
  if ('print' in line) return say([line.print])
  if (line.file === null) return complain(['there is no configuration to check', USAGE], 2)
  const loaded = await loadConfig(line.file, process.env)
  if (line.flags.has('json')) return sayJson(line.file, loaded)
  if (loaded.config === null) return complain(loaded.problems.map(formatProblem), 1)
  const warnings = loaded.warnings.map((warning) => `warning: ${formatProblem(warning)}`)
  return say([...formatSummary(summarize(loaded.config)), ...warnings])
}

function sayJson(file: string, { config, problems, warnings }: Loaded): 0 | 1 {
  const ok = config !== null
  const report = { ok, file, problems, warnings, summary: ok ? summarize(config) : null }
  say([JSON.stringify(report, null, 2)])
  return ok ? 0 : 1
}

function say(lines: readonly string[]): 0 {
  process.stdout.write([...lines, ''].join('\n'))
  return 0
}

function complain<Code extends number>(lines: readonly string[], code: Code): Code {
  process.stderr.write([...lines, ''].join('\n'))
  return code
}
