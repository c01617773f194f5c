import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'

/** Reads a UTF-8 file. Resolves to its text, or to a sentence that says why it cannot be read. */
export async function readText(file: string): Promise<{ readonly text: string } | { readonly problem: string }> {
  try {
    const bytes = await readFile(file)
    const problem = encodingProblem(bytes)
    return problem === null ? { text: bytes.toString() } : { problem: `the file ${file} ${problem}` }
  } catch (error) {
    return { problem: whyUnreadable(file, error as NodeJS.ErrnoException) }
  }
}

function encodingProblem(bytes: Buffer): string | null {
  const isUtf16 = /^(fffe|feff)/.test(bytes.toString('hex', 0, 2)) || hasZeroes(bytes, 0) !== hasZeroes(bytes, 1)
  if (isUtf16) return 'is text in UTF-16; save it as UTF-8'
  if (bytes.includes(0)) return 'is no text; a configuration is YAML or JSON'
  return isUtf8(bytes) ? null : 'is not text in UTF-8; save it as UTF-8'
}

/** Whether every second byte, from `start`, is 0: ASCII text in UTF-16 without a byte order mark. */
function hasZeroes(bytes: Buffer, start: 0 | 1): boolean {
  const every = bytes.subarray(0, 64).filter((_, index) => index % 2 === start)
  return every.length > 1 && every.every((byte) => byte === 0)
}

function whyUnreadable(file: string, { code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ENOTDIR') return `there is no file ${file}; write the path of a YAML or JSON file`
  if (code === 'EISDIR') return `${file} is a directory; write the path of the file in it`
  if (code === 'EACCES' || code === 'EPERM') return `this user may not read the file ${file}; change its permissions`
  return `the file ${file} cannot be read (${code ?? message})`
}
