import t from 'tap'
import { BLOCKS, readRoot } from './markdown.ts'

/** The code in docs/clients.md is that of the example, which is type-checked and runs in a browser. */

const blocks = BLOCKS.filter(({ lang }) => lang === 'ts')

t.test('every block of TypeScript is in the file that it names', async (t) => {
  t.ok(blocks.length >= 6, 'the blocks are found')
  for (const { info, text, place } of blocks) {
    const [, file = ''] = /^in=(examples\/frontend\/src\/[\w-]+\.ts)$/.exec(info) ?? []
    const lines = trimmed(readRoot(file))
    // lines are left out where it says so
    const pieces = text.split(/^ *\/\/ …$/m).map((piece) => trimmed(piece.replaceAll(/^\n|\n$/g, '')))
    const found = pieces.every((piece) =>
      lines.some((_line, start) => piece.every((line, n) => lines[start + n] === line)),
    )
    t.ok(found, `${place}: it is not in ${file}`)
  }
})

function trimmed(text: string): readonly string[] {
  return text.split('\n').map((line) => line.trim())
}
