import { spawnSync } from 'node:child_process'
import { cp, lstat, readlink, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import manifest from '../../package.json' with { type: 'json' }

/** If Node is too old, or no packages are installed: one line of output, never a stack trace. */

const ROOT = join(import.meta.dirname, '../..')
const STACK = /^\s+at |node:internal|ERR_/m
const NOT_INSTALLED = /^the dependencies of Tributary are not installed \(\S+ is missing\); run "npm ci" first\n$/

function run(node: string, args: readonly string[], cwd = ROOT) {
  const { TRIBUTARY_CONFIG: _, NODE_OPTIONS: _options, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(node, args, { cwd, env, encoding: 'utf8', timeout: 20_000 })
  return { status, stdout, stderr }
}

/** The project without node_modules, as after a clone. */
async function clone(t: Test): Promise<string> {
  const folder = t.testdir({})
  for (const part of ['package.json', 'src', 'routes', 'config'])
    await cp(join(ROOT, part), join(folder, part), { recursive: true, verbatimSymlinks: true })
  return folder
}

const COMMANDS: readonly (readonly string[])[] = [
  ['src/main.ts'],
  ['--require', './src/cli/launch.cjs', 'src/cli/check.ts', 'config/demo.yaml'],
  ['--require', './src/cli/launch.cjs', 'src/cli/openapi.ts'],
  ['--require', './src/cli/launch.cjs', 'src/cli/dev.ts'],
]

t.test('main.ts is a link to a launcher in JavaScript', async (t) => {
  t.ok((await lstat(join(ROOT, 'src/main.ts'))).isSymbolicLink())
  t.equal(await readlink(join(ROOT, 'src/main.ts')), 'cli/launch.cjs')
})

t.test('a Node that supports type stripping but is too old', async (t) => {
  const old = join(t.testdir({}), 'old.cjs')
  await writeFile(
    old,
    `Object.defineProperty(process.versions, 'node', { value: '22.18.0' })
     Object.defineProperty(process, 'version', { value: 'v22.18.0' })`,
  )
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = run(process.execPath, ['--require', old, ...command])
    t.equal(status, 1)
    t.match(stderr, /^Tributary needs Node\.js 24 or later, and this is v22\.18\.0; install it, .*\n$/)
    t.equal(stdout, '')
  }
})

/** The machine's Node, if it is older than the project requires. */
function oldNode(): string | null {
  const path = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'))
  const candidates = path.map((folder) => join(folder, 'node'))
  const isOld = (node: string) =>
    /^v(1[4-9]|2[0-3])\./.test(spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout ?? '')
  return candidates.find(isOld) ?? null
}

const old = oldNode()
t.test('a real old Node', { skip: old === null && 'no Node older than 24 is on this machine' }, async (t) => {
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = run(old as string, command)
    t.equal(status, 1)
    t.match(stderr, /^Tributary needs Node\.js 24 or later, and this is v[\d.]+; install it, .*\n$/)
    t.notMatch(stderr, STACK)
    t.equal(stdout, '')
  }
})

t.test('without npm ci', async (t) => {
  const folder = await clone(t)
  for (const command of COMMANDS) {
    const { status, stdout, stderr } = run(process.execPath, command, folder)
    t.equal(status, 1)
    t.match(stderr, NOT_INSTALLED)
    t.equal(stdout, '')
  }
})

t.test('npm start, npm run check, npm run openapi and npm run dev without npm ci', async (t) => {
  const folder = await clone(t)
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  for (const args of [['start'], ['run', 'check', '--', 'config/demo.yaml'], ['run', 'openapi'], ['run', 'dev']]) {
    const npm = spawnSync('npm', args, {
      cwd: folder,
      env: { ...process.env, PATH },
      encoding: 'utf8',
      timeout: 30_000,
    })
    t.equal(npm.status, 1, args.join(' '))
    t.match(npm.stderr, /^the dependencies of Tributary are not installed .* run "npm ci" first$/m)
    t.notMatch(npm.stderr, STACK)
  }
})

t.test('--help and --version, of every command', async (t) => {
  for (const command of COMMANDS) {
    const file = command.slice(0, command.includes('--require') ? 3 : 1)
    const help = run(process.execPath, [...file, '--help'])
    t.match(help, { status: 0, stderr: '', stdout: /^usage: npm .*\n\n[\s\S]*--version[\s\S]*exit code/ })
    t.same(run(process.execPath, [...file, '-h']), help)
    const version = run(process.execPath, [...file, '--version'])
    t.strictSame(version, {
      status: 0,
      stderr: '',
      stdout: `tributary ${manifest.version}, Node.js ${process.version}\n`,
    })
  }
})
