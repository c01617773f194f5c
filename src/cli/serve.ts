import { fileURLToPath } from 'node:url'
import type { Config } from '../config/config.ts'
import { formatProblem, type Loaded, loadConfig } from '../config/load.ts'
import { DEMO_CONFIG } from '../demo/config.ts'
import type { Demo } from '../demo/demo.ts'
import { start } from '../service.ts'
import { createLog, type Log } from '../telemetry/logger.ts'
import { startTracing } from '../telemetry/registry.ts'
import { readCommandLine } from './command-line.ts'
import { type FilesNamed, FollowedFiles, followFile } from './follow.ts'
import { whyNotListening } from './listen-error.ts'
import { Reloader } from './reload.ts'
import { listenForReload, type ReloadHooks } from './signals.ts'
import { stopOnSignals } from './stop.ts'

/** The process: command line, configuration, listening, signals. All checks are made before it listens. */

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
const USAGE = 'usage: npm start -- [FILE] [--watch]   (or --config FILE, or TRIBUTARY_CONFIG=FILE npm start)'
const HELP = `${USAGE}

Serves a configuration; without one, the demo.

  FILE, --config FILE  the configuration, YAML or JSON
  --watch              loads the configuration again when its file, or a file of tls, changes, as SIGHUP does
  --version            the version of Tributary and of Node.js
  --help               this text

environment  HOST, PORT  where to listen; they win over the configuration
             LOG_LEVEL   ${LEVELS.join(', ')}; info where it is not set
             TRIBUTARY_CONFIG  the configuration, where no FILE is named

signals      SIGTERM, SIGINT  finishes the requests in progress, and stops
             SIGHUP           loads the configuration again; a wrong one is logged, and the old one stays

exit code  0  stopped by a signal
           1  it cannot start, or an unforeseen error ended it
           2  wrong usage`

await main()

async function main(): Promise<void> {
  const { file, isWatched } = commandLine()
  let isAsked = false
  const noted = (): void => {
    isAsked = true
  }
  const signals: ReloadHooks = { onReload: noted, onHangup: () => process.exit(1) }
  // before it listens: without a listener, SIGHUP ends the process
  listenForReload(signals)
  const level = process.env.LOG_LEVEL || 'info'
  if (!LEVELS.includes(level)) fail([`LOG_LEVEL: there is no level "${level}"; there is ${LEVELS.join(', ')}`])
  const demo = file === null ? await startDemo() : undefined
  const path = file ?? fileURLToPath(DEMO_CONFIG)
  const named = new FollowedFiles(() => signals.onReload())
  const load = async (): Promise<Loaded> => {
    const loaded = await loadConfig(path, { ...process.env, ...demo?.environment })
    if (isWatched) named.follow(loaded.files)
    // npm run dev follows them, also those of a configuration that cannot be used
    process.send?.({ files: loaded.files } satisfies FilesNamed)
    return loaded
  }
  const config = await readConfig(path, load)
  const log = createLog(level)
  const tracing = await startTracing().catch((error: Error) => fail([error.message]))
  const service = await start(config, log, tracing).catch((error) => fail([whyNotListening(error, config)]))
  if (demo !== undefined)
    log.logger.info({ try: `curl ${service.address}/aggregate` }, 'no configuration given: serving the demo')
  const reloader = new Reloader({ service, log, load })
  signals.onReload = () => reloader.request()
  if (isAsked) reloader.request()
  signals.onHangup = stopOnSignals({ service, reloader, demo, tracing, log })
  if (isWatched) watch(path, reloader, log)
}

function watch(file: string, reloader: Reloader, { logger }: Log): void {
  followFile(file, {
    onChange: () => reloader.request(),
    onGone: () => logger.warn({ file }, 'the configuration file is gone: the old configuration stays'),
  })
}

function commandLine(): { readonly file: string | null; readonly isWatched: boolean } {
  const manual = { usage: USAGE, help: HELP, flags: ['watch'] }
  const line = readCommandLine(process.argv.slice(2), process.env, manual)
  if ('problem' in line) return fail([line.problem], 2)
  if ('file' in line) return { file: line.file, isWatched: line.flags.has('watch') }
  process.stdout.write(`${line.print}\n`)
  process.exit(0)
}

/** Loads the demo only if it is needed. */
async function startDemo(): Promise<Demo> {
  const demo = await import('../demo/demo.ts')
  return demo.startDemo()
}

async function readConfig(file: string, load: () => Promise<Loaded>): Promise<Config> {
  const { config, problems, warnings } = await load()
  for (const warning of warnings) process.stderr.write(`warning: ${formatProblem(warning)}\n`)
  if (config === null) fail([`${file} cannot be used:`, ...problems.map((problem) => `  ${formatProblem(problem)}`)])
  return config
}

function fail(lines: readonly string[], code = 1): never {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(code)
}
