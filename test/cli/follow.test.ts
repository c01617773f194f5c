import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { eventually } from '../support/eventually.ts'

/** A process that follows a folder and prints a line at each change. It ends when its standard input ends. */
const FOLLOWER = `
  import { followFolder } from ${JSON.stringify(join(import.meta.dirname, '../../src/cli/follow.ts'))}
  followFolder(process.argv[1], () => console.log('changed'))
  process.stdin.on('end', () => process.exit()).resume()
  console.log('follows')
`

async function follow(t: Test, root: string): Promise<(change: () => Promise<unknown>) => Promise<void>> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', FOLLOWER, root], { stdio: 'pipe' })
  let seen = 0
  child.stdout.on('data', (chunk: Buffer) => {
    seen += chunk.toString().trim().split('\n').length
  })
  t.teardown(async () => {
    child.stdin.end()
    await once(child, 'exit')
  })
  const next = (count: number) => eventually(() => seen > count, 15_000)
  await next(0)
  return async (change) => {
    const count = seen
    await change()
    await next(count)
  }
}

t.test('a file that is written, replaced by rename more than once, and written again', async (t) => {
  const root = t.testdir({ inner: { 'a.ts': '1' } })
  const file = join(root, 'inner/a.ts')
  const changes = await follow(t, root)
  await changes(() => writeFile(file, '2'))
  for (const text of ['3', '4']) {
    await changes(() => writeFile(join(root, 'new'), text))
    await changes(() => rename(join(root, 'new'), file))
  }
  await changes(() => writeFile(file, '5'))
  t.pass('each was seen')
})

t.test('folders that are made, removed and made again', async (t) => {
  const root = t.testdir({})
  const folder = join(root, 'added')
  const changes = await follow(t, root)
  for (let times = 0; times < 2; times += 1) {
    await changes(() => mkdir(join(folder, 'deep'), { recursive: true }))
    await changes(() => writeFile(join(folder, 'deep/a.ts'), '1'))
    await changes(() => rm(folder, { recursive: true }))
  }
  // the whole tree is removed for a while, as in a checkout
  await changes(async () => {
    await rename(root, `${root}.away`)
    await mkdir(join(`${root}.away`, 'unseen'))
    await pause(600)
    await rename(`${root}.away`, root)
  })
  await changes(() => mkdir(join(root, 'last')))
  t.pass('each was seen')
})
