import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

/** The text of a file, or the end of a sentence that says why it cannot be read. It does not name the file. */
export type FileText = { readonly text: string } | { readonly problem: string }

/** Larger files are no certificates; one could be endless. */
const MAX_KB = 1024

/** The files that a configuration names. Each is read once, so that all that name it get the same. */
export class NamedFiles {
  readonly #folder: string
  readonly #read = new Map<string, FileText>()

  /** Names are relative to `folder`. */
  constructor(folder: string) {
    this.#folder = folder
  }

  /** The absolute paths of all files that were asked for, also of those that cannot be read. */
  get paths(): readonly string[] {
    return [...this.#read.keys()]
  }

  /** Reads a file. Blocks for as long as that takes. */
  read(name: string): FileText {
    const path = resolve(this.#folder, name)
    const found = this.#read.get(path) ?? readSmall(path)
    this.#read.set(path, found)
    return found
  }
}

function readSmall(path: string): FileText {
  try {
    const status = statSync(path)
    if (status.isDirectory()) return { problem: 'is a directory; write the path of the file in it' }
    if (!status.isFile()) return { problem: 'is no regular file; write the path of a file' }
    if (status.size > MAX_KB * 1024)
      return { problem: `is a file of more than ${MAX_KB} kb; write the path of another` }
    return { text: readFileSync(path, 'latin1') }
  } catch (error) {
    return { problem: whyUnreadable(error as NodeJS.ErrnoException) }
  }
}

function whyUnreadable({ code }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return 'names a file that is not there; a path is relative to the directory of the configuration'
  if (code === 'EACCES' || code === 'EPERM') return 'names a file that this user may not read; change its permissions'
  return `names a file that cannot be read (${code})`
}
