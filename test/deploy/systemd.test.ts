import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { toMs } from '../../src/config/text/units.ts'
import { configOf, ROOT, read, stopMsOf } from './files.ts'

/** deploy/systemd/tributary.service. */

const text = read('systemd/tributary.service')
const pairs = [...text.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value] as const)
const unit = new Map(pairs)
const FILE = join(ROOT, 'deploy/systemd/tributary.service')

t.test('it starts what is there, and stops and reloads as the service wants it', async (t) => {
  const [node, main = '', flag, file] = unit.get('ExecStart')?.split(' ') ?? []
  t.match([node, flag, file], ['/usr/bin/node', '--config', '/etc/tributary/tributary.yaml'])
  t.ok(existsSync(join(ROOT, main)))
  const documentation = unit.get('Documentation')?.replace('file:///opt/tributary/', '') ?? ''
  t.ok(existsSync(join(ROOT, documentation)), documentation)
  t.equal(unit.get('ExecReload'), '/bin/kill -HUP $MAINPID')
  t.equal(unit.get('KillSignal'), 'SIGTERM')
  const config = configOf('tributary.yaml', { REDIS_URL: 'redis://127.0.0.1:6379' })
  t.ok(toMs(`${unit.get('TimeoutStopSec')}s`) >= stopMsOf(config))
})

t.test('no line is there twice, but those that add up', async (t) => {
  const names = pairs.map(([name]) => name)
  const twice = names.filter((name, index) => names.indexOf(name) !== index)
  t.same(twice, ['SystemCallFilter'])
})

const has = (command: string) => spawnSync(command, ['--version']).status === 0
const NO_SYSTEMD = 'systemd-analyze is not installed here'
const skip = !has('systemd-analyze') && NO_SYSTEMD

t.test(
  'systemd takes it',
  { skip: skip || (!existsSync('/usr/bin/node') && 'there is no /usr/bin/node here') },
  async (t) => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', FILE], { encoding: 'utf8' })
    t.same({ status, stderr }, { status: 0, stderr: '' })
  },
)

t.test('systemd counts it among the safe', { skip }, async (t) => {
  const { stdout } = spawnSync('systemd-analyze', ['security', '--offline=true', FILE], { encoding: 'utf8' })
  const exposure = Number(/exposure level[^\d]*([\d.]+)/.exec(stdout)?.[1])
  t.ok(exposure <= 2, `exposure ${exposure} of 10`)
})
