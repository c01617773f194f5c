import { execFileSync } from 'node:child_process'
import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { NamedFiles } from '../../../src/config/text/files.ts'

t.test('names are relative to a directory, and each file is read once', async (t) => {
  const folder = t.testdir({ inner: { a: 'one' } })
  const files = new NamedFiles(folder)
  t.same(files.read('inner/a'), { text: 'one' })
  writeFileSync(join(folder, 'inner/a'), 'two')
  t.same(files.read('./inner/a'), { text: 'one' })
  t.same(files.read(join(folder, 'inner/a')), { text: 'one' })
  t.same(new NamedFiles(join(folder, 'inner')).read('a'), { text: 'two' })
  t.same(files.paths, [join(folder, 'inner/a')])
})

t.test('what cannot be read, without its name', async (t) => {
  const folder = t.testdir({ large: '', directory: {} })
  truncateSync(join(folder, 'large'), 1024 * 1024 + 1)
  execFileSync('mkfifo', [join(folder, 'pipe')])
  const files = new NamedFiles(folder)
  const missing = 'names a file that is not there; a path is relative to the directory of the configuration'
  t.same(files.read('none'), { problem: missing })
  t.same(files.read('large/inner'), { problem: missing })
  t.same(files.read('directory'), { problem: 'is a directory; write the path of the file in it' })
  t.same(files.read(''), { problem: 'is a directory; write the path of the file in it' })
  t.same(files.read('pipe'), { problem: 'is no regular file; write the path of a file' })
  t.same(files.read('/dev/zero'), { problem: 'is no regular file; write the path of a file' })
  t.same(files.read('large'), { problem: 'is a file of more than 1024 kb; write the path of another' })
  t.same(files.read('x'.repeat(300)), { problem: 'names a file that cannot be read (ENAMETOOLONG)' })
  t.match(files.read('a\0b'), { problem: /cannot be read/ })
  t.equal(files.paths.length, 9, 'they are watched too')
})
