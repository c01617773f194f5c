import { execFile, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { ROOT } from './files.ts'

/** nginx with its configuration in deploy/, in front of two real processes. */

const has = (command: string, ...args: readonly string[]) => spawnSync(command, args).status === 0
const isPossible = has('nginx', '-v') && has('ip', '-V') && has('unshare', '--net', 'true')

t.test(
  'two replicas are restarted one after the other, and no request is lost',
  { skip: !isPossible && 'that takes nginx, ip, and the right to network namespaces' },
  async (t) => {
    const child = join(ROOT, 'test/deploy/balancer-child.ts')
    const { stdout } = await promisify(execFile)('unshare', ['--net', process.execPath, child], { timeout: 100_000 })
    const { 200: answered = 0, ...others } = JSON.parse(stdout)
    t.comment(`${answered} answered`)
    t.ok(answered > 100)
    t.same(others, {})
  },
)
