import { fileURLToPath } from 'node:url'
import { stringify } from 'yaml'
import { buildApp } from '../app.ts'
import type { Config } from '../config/config.ts'
import { formatProblem, loadConfig } from '../config/load.ts'
import { DEMO_CONFIG } from '../demo/config.ts'
import { demoVariables } from '../demo/demo.ts'
import { Runtime } from '../runtime.ts'
import { silentLog } from '../telemetry/logger.ts'
import { readCommandLine } from './command-line.ts'

const USAGE = 'usage: npm run openapi -- [FILE]   (or --config FILE, or TRIBUTARY_CONFIG=FILE npm run openapi)'
const HELP = `${USAGE}

Prints the OpenAPI document of a configuration as YAML; without one, that of the demo.

  FILE, --config FILE  the configuration, YAML or JSON
  --version            the version of Tributary and of Node.js
  --help               this text

exit code  0  the document is on standard output
           1  the configuration cannot be used: all problems are on standard error
           2  wrong usage`

if (import.meta.main) process.exitCode = await print(process.argv.slice(2))

/** Exit code 0: the document is on standard output. 1: the configuration is invalid. 2: wrong usage. */
async function print(args: readonly string[]): Promise<0 | 1 | 2> {
  const line = readCommandLine(args, process.env, { usage: USAGE, help: HELP })
  if ('problem' in line) return complain([line.problem], 2)
  if ('print' in line) return say(line.print)
  const file = line.file ?? fileURLToPath(DEMO_CONFIG)
  const environment = line.file === null ? { ...process.env, ...demoVariables() } : process.env
  const { config, problems } = await loadConfig(file, environment)
  if (config === null) return complain(problems.map(formatProblem), 1)
  process.stdout.write(stringify(await documentOf(config)))
  return 0
}

/** The OpenAPI document of a configuration. Does not listen on a port or call a source. */
export async function documentOf(config: Config): Promise<object> {
  const runtime = Runtime.start(config, { log: silentLog() })
  const app = await buildApp(runtime)
  const document = app.swagger()
  await app.close()
  runtime.release()
  return document
}

function say(text: string): 0 {
  process.stdout.write(`${text}\n`)
  return 0
}

function complain<Code extends number>(lines: readonly string[], code: Code): Code {
  process.stderr.write([...lines, ''].join('\n'))
  return code
}
