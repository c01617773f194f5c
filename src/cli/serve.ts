import { fileURLToPath } from 'node:url'
import closeWithGrace from 'close-with-grace'
import type { Config } from '../config/config.ts'
import { formatProblem, loadConfig } from '../config/load.ts'
import { DEMO_CONFIG } from '../demo/config.ts'
import type { Demo } from '../demo/demo.ts'
import { type Service, start } from '../service.ts'
import { createLog, type Log } from '../telemetry/logger.ts'
import { readCommandLine } from './command-line.ts'
import { listenForSignals, SIGNALS } from './signals.ts'

/** The process: command line, configuration, listening, signals. All checks are made before it listens. */

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']
const USAGE = 'usage: npm start -- [FILE]   (or --config FILE, or TRIBUTARY_CONFIG=FILE npm start)'
const HELP = `${USAGE}

Serves a configuration; without one, the demo.

  FILE, --config FILE  the configuration, YAML or JSON
  --version            the version of Tributary and of Node.js
  --help               this text

environment  HOST, PORT  where to listen; they win over the configuration
             LOG_LEVEL   ${LEVELS.join(', ')}; info where it is not set
             TRIBUTARY_CONFIG  the configuration, where no FILE is named

exit code  0  stopped by a signal
           1  it cannot start, or an unforeseen error ended it
           2  wrong usage`
/** How long the reader of the log may take to read the last lines. */
const FLUSH_TIMEOUT_MS = 500

await main()

async function main(): Promise<void> {
  const file = configFile()
  const level = process.env.LOG_LEVEL || 'info'
  if (!LEVELS.includes(level)) fail([`LOG_LEVEL: there is no level "${level}"; there is ${LEVELS.join(', ')}`])
  const demo = file === null ? await startDemo() : undefined
  const config = await readConfig(file ?? fileURLToPath(DEMO_CONFIG), { ...process.env, ...demo?.environment })
  const log = createLog(level)
  const service = await start(config, log).catch((error) => fail([whyNot(error, config)]))
  if (demo !== undefined)
    log.logger.info({ try: `curl ${service.address}/aggregate` }, 'no configuration given: serving the demo')
  closeOnSignals(service, config, demo, log)
}

function configFile(): string | null {
  const line = readCommandLine(process.argv.slice(2), process.env, { usage: USAGE, help: HELP })
  if ('problem' in line) return fail([line.problem], 2)
  if ('file' in line) return line.file
  process.stdout.write(`${line.print}\n`)
  process.exit(0)
}

/** Loads the demo only if it is needed. */
async function startDemo(): Promise<Demo> {
  const demo = await import('../demo/demo.ts')
  return demo.startDemo()
}

async function readConfig(file: string, environment: NodeJS.ProcessEnv): Promise<Config> {
  const { config, problems, warnings } = await loadConfig(file, environment)
  for (const warning of warnings) process.stderr.write(`warning: ${formatProblem(warning)}\n`)
  if (config === null) fail([`${file} cannot be used:`, ...problems.map((problem) => `  ${formatProblem(problem)}`)])
  return config
}

/** Why the server cannot listen, as a sentence. Any other error at start is a bug and is thrown again. */
function whyNot(error: NodeJS.ErrnoException, { server: { host, port } }: Config): string {
  if (error.syscall !== 'listen' && error.syscall !== 'getaddrinfo') throw error
  const place = `port ${port} of ${host}`
  if (error.code === 'EADDRINUSE') return `${place} is in use; set PORT or server.port to another one, or to 0 for any`
  if (error.code === 'EACCES') return `${place} is not for this user; ports below 1024 usually are not`
  if (error.code === 'EADDRNOTAVAIL')
    return `${host} is no address of this machine; set HOST or server.host to one that is, or to 0.0.0.0 for all`
  if (error.syscall === 'getaddrinfo')
    return `the host name ${host} is not known here; set HOST or server.host to an address, such as 127.0.0.1`
  return `cannot listen on ${place}: ${error.message}`
}

function fail(lines: readonly string[], code = 1): never {
  process.stderr.write(`${lines.join('\n')}\n`)
  process.exit(code)
}

function closeOnSignals(service: Service, { server }: Config, demo: Demo | undefined, log: Log): void {
  // a last resort: draining has its own time limits, which should end before this
  const delay = server.drainDelayMs + server.shutdownTimeoutMs + 2 * FLUSH_TIMEOUT_MS
  const grace = closeWithGrace({ delay, logger: false, skip: ['beforeExit', ...SIGNALS] }, async ({ err }) => {
    if (err !== undefined) log.logger.fatal({ err }, 'unforeseen error')
    await service.stop()
    await demo?.close()
    await leave(log, err === undefined ? 0 : 1)
  })
  listenForSignals({
    onFirst: () => grace.close(),
    onSecond: () => (log.dropped() > 0 ? process.kill(process.pid, 'SIGKILL') : process.exit(1)),
  })
}

/**
 * Ends the process. If the log is not read, a thread is blocked in a write, and a normal exit would wait for it for
 * ever.
 */
async function leave(log: Log, code: number): Promise<void> {
  if (!(await log.flush(FLUSH_TIMEOUT_MS))) process.kill(process.pid, 'SIGKILL')
  process.exit(code)
}
