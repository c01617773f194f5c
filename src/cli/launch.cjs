'use strict'

/**
 * Where every command begins, in plain JavaScript, because Node fails on the first TypeScript file where it is too old,
 * with a stack. `src/main.ts` is a symbolic link to this file: Node resolves the link before it looks at the extension
 * (https://nodejs.org/api/cli.html#--preserve-symlinks-main). Run by itself it serves (`serve.ts`); loaded with
 * `--require` before another command it only checks.
 */

// Before anything starts libuv's threads: half of them may look names up, and a name whose server is silent holds one
process.env.UV_THREADPOOL_SIZE ||= '64'

const { existsSync, readFileSync } = require('node:fs')
const { join } = require('node:path')

const ROOT = join(__dirname, '../..')

/** One line, and the process ends: nothing of ours is loaded yet. */
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

if (require.main === module) void import('./serve.ts')
