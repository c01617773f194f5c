import { spawnSync } from 'node:child_process'
import { cp, symlink } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import t from 'tap'
import { needsBuild } from './build-tap.ts'

t.test('tap is built where its plugins are not those of .taprc', async (t) => {
  t.equal(needsBuild(['!a', 'b'], ['b', 'c']), false)
  t.equal(needsBuild(['!a'], ['a', 'b']), true, 'one that is taken out is built in, as after npm ci')
  t.equal(needsBuild(['a'], ['b']), true, 'one that is added is missing')
})

t.test('npm test -- FILE runs one file, and builds nothing that is built', async (t) => {
  // in a folder of its own, since a run of tap removes the coverage of the run around it
  const root = t.testdir({})
  const here = join(import.meta.dirname, '..')
  for (const part of ['package.json', '.taprc', 'src/core', 'test/core/cancel.test.ts', 'test/build-tap.ts'])
    await cp(join(here, part), join(root, part), { recursive: true })
  await symlink(join(here, 'node_modules'), join(root, 'node_modules'))
  const PATH = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(TAP|_TAPJS|NODE_OPTIONS)/.test(name)),
  )
  const args = ['test', '--', 'test/core/cancel.test.ts', '--disable-coverage', '--reporter=tap']
  const { status, stdout } = spawnSync('npm', args, { cwd: root, env: { ...env, PATH }, encoding: 'utf8' })
  t.equal(status, 0)
  t.match(stdout, /^ok 1 - test\/core\/cancel\.test\.ts/m)
  t.notMatch(stdout, /not ok/)
})
