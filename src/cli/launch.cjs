'use strict'

/**
 * The start of every command. It is plain JavaScript, because a Node that is too old fails on the first TypeScript
 * file, with a stack trace. `src/main.ts` is a symbolic link to this file: Node resolves the link before it looks at
 * the extension (https://nodejs.org/api/cli.html#--preserve-symlinks-main). As the main file it starts the service
 * (`serve.ts`); loaded with `--require` before another command, it only makes the checks.
 */

// Set this before libuv starts its threads. At most half of them resolve names, and a silent name server blocks one.
process.env.UV_THREADPOOL_SIZE ||= '64'

// Without it, V8 creates some objects of every answer in its old generation, where they keep the young objects alive that
// they refer to. A small answer took a tenth more processor time then (medians of pairs).
require('node:v8').setFlagsFromString('--no-allocation-site-pretenuring')

const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

const ROOT = join(__dirname, '../..')

/** Prints one line and ends the process. No module of ours can be used here: none is loaded yet. */
function fail(line) {
  process.stderr.write(`${line}\n`)
  process.exit(1)
}

const { engines, dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
const oldest = Number(/\d+/.exec(engines.node)[0])
if (Number.parseInt(process.versions.node, 10) < oldest)
  fail(
    `Tributary needs Node.js ${oldest} or later, and this is ${process.version}; install it, or run "npm ci" without --omit=dev, which brings it for npm start`,
  )
const missing = Object.keys(dependencies).filter((name) => !existsSync(join(ROOT, 'node_modules', name)))
if (missing.length > 0)
  fail(`the dependencies of Tributary are not installed (${missing[0]} is missing); run "npm ci" first`)

if (require.main === module) {
  // without a listener, a SIGHUP that arrives while the modules load would end the process (see signals.ts)
  process.on('SIGHUP', () => {})
  void import('./serve.ts')
}
