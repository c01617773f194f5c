import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readCommandLine } from './command-line.ts'
import { Supervisor } from './dev/supervisor.ts'
import { FollowedFiles, followFile, followFolder } from './follow.ts'
import { SIGNALS } from './signals.ts'

/** `npm run dev`: serves as `npm start` does, with readable logs, and restarts when a file changes. */

const USAGE = 'usage: npm run dev -- [FILE]   (or --config FILE, or TRIBUTARY_CONFIG=FILE npm run dev)'
const HELP = `${USAGE}

Serves a configuration as npm start does; without one, the demo. It prints each line of the log for people, and starts
again when the configuration, a file of tls or the source code changes. Where the configuration is wrong, it says what is wrong and
waits until the file is saved.

  FILE, --config FILE  the configuration, YAML or JSON
  --version            the version of Tributary and of Node.js
  --help               this text

environment  HOST, PORT, LOG_LEVEL, TRIBUTARY_CONFIG, as for npm start

exit code  0  stopped by a signal
           1  the service did not stop in order
           2  wrong usage`
const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const SOURCE_FOLDERS = ['..', '../../routes'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)))

await main()

async function main(): Promise<void> {
  const line = readCommandLine(process.argv.slice(2), process.env, { usage: USAGE, help: HELP })
  if ('problem' in line) return leave(line.problem, 2)
  if ('print' in line) return void process.stdout.write(`${line.print}\n`)
  await develop(line.file)
}

async function develop(file: string | null): Promise<void> {
  const { prettyLine } = await loadPretty()
  const named = new FollowedFiles(() => restart('a certificate or key of the configuration')())
  let awaited = awaitedBy(file, [])
  const supervisor = new Supervisor({
    command: [MAIN, ...(file === null ? [] : ['--config', file])],
    onLine: (line) => void process.stdout.write(prettyLine(line)),
    onFiles: (files) => {
      named.follow(files)
      awaited = awaitedBy(file, files)
    },
    onEnded: () => say(`not running; waiting for a change of ${awaited}`),
    onStopped: (code) => process.exit(code),
  })
  const restart = (changed: string) => () => {
    say(`${changed} changed; starting again`)
    supervisor.restart()
  }
  for (const folder of SOURCE_FOLDERS) followFolder(folder, restart(`a file in ${relative('.', resolve(folder))}`))
  if (file !== null)
    followFile(file, { onChange: restart(file), onGone: () => say(`${file} is gone; waiting until it is back`) })
  for (const signal of SIGNALS) process.on(signal, () => supervisor.end(signal))
  // a terminal that is closed sends it; the service itself would only reload
  process.on('SIGHUP', () => supervisor.end('SIGTERM'))
  process.on('exit', () => supervisor.kill())
  // the reader of the output is gone
  process.stdout.on('error', () => supervisor.end('SIGTERM'))
  supervisor.restart()
}

/** What may change so that a service that could not start can. */
function awaitedBy(file: string | null, named: readonly string[]): string {
  if (file === null) return 'the source code'
  return named.length === 0 ? `${file} or the source code` : `${file}, a file that it names, or the source code`
}

/** pino-pretty is a development dependency: it is not installed in production. */
function loadPretty(): Promise<typeof import('./dev/pretty.ts')> {
  return import('./dev/pretty.ts').catch(() =>
    leave('npm run dev needs the development dependencies of Tributary; run "npm ci" first', 1),
  )
}

function say(text: string): void {
  process.stderr.write(`dev: ${text}\n`)
}

function leave(text: string, code: number): never {
  process.stderr.write(`${text}\n`)
  process.exit(code)
}
