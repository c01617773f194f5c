import { type FSWatcher, readdirSync, type Stats, unwatchFile, watch, watchFile } from 'node:fs'
import { join } from 'node:path'

/** Editors write a file in several steps, and a checkout writes many files: changes within this time are one change. */
const SETTLE_MS = 150
const POLL_MS = 200

/** What a service tells the process that started it. */
export interface FilesNamed {
  /** The absolute paths of the other files that its configuration names. */
  readonly files: readonly string[]
}

export interface FileHooks {
  /** Called after the file was written, replaced or restored. */
  readonly onChange: () => void
  /** Called after the file was removed or renamed, which editors also do for a moment while they save. */
  readonly onGone: () => void
}

/**
 * Watches one file by its path, as long as the process runs. It polls: the system's watchers follow the inode, and miss
 * that an editor renames another file over it, or that the target of a symbolic link changes.
 */
export function followFile(file: string, { onChange, onGone }: FileHooks): void {
  let isGone = false
  const settled = settle(() => (isGone ? onGone() : onChange()))
  watchFile(file, { interval: POLL_MS }, ({ nlink }: Stats) => {
    isGone = nlink === 0
    settled()
  })
}

/** Watches a set of files, which may change, in the same way. Several that change together are one change. */
export class FollowedFiles {
  readonly #changed: (now: Stats, before: Stats) => void
  #files: ReadonlySet<string> = new Set()

  constructor(onChange: () => void) {
    const settled = settle(onChange)
    // Node also calls it once for a file that is not there when the watch begins
    this.#changed = (now, before) => {
      if (now.nlink + before.nlink > 0) settled()
    }
  }

  /** Watches these files from now on, and no others. */
  follow(files: readonly string[]): void {
    const next = new Set(files)
    for (const file of this.#files) if (!next.has(file)) unwatchFile(file, this.#changed)
    for (const file of next) if (!this.#files.has(file)) watchFile(file, { interval: POLL_MS }, this.#changed)
    this.#files = next
  }
}

/**
 * Watches all files below a folder, also in folders that are created later, as long as the process runs. Each folder
 * has its own watcher: on Linux, Node's `recursive` option watches single files, and loses those that are replaced by
 * rename (Node 24.21).
 */
export function followFolder(root: string, onChange: () => void): void {
  let watchers: FSWatcher[] = []
  // called again after each change, because folders may have been added or removed
  const follow = (): void => {
    for (const watcher of watchers) watcher.close()
    watchers = []
    // removing a folder is an error event on Windows, and on Linux a change of the parent folder
    for (const folder of foldersIn(root)) watchers.push(watch(folder, changed).on('error', changed))
  }
  const changed = settle(() => {
    try {
      follow()
      onChange()
    } catch {
      // a folder was removed meanwhile: try again
      changed()
    }
  })
  follow()
}

function foldersIn(root: string): readonly string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  return [root, ...entries.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))]
}

/** Debounces: returns a function that calls `action` once it was not called for SETTLE_MS. */
function settle(action: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  return () => {
    clearTimeout(timer)
    timer = setTimeout(action, SETTLE_MS)
  }
}
