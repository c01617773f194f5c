import { type FSWatcher, readdirSync, type Stats, watch, watchFile } from 'node:fs'
import { join } from 'node:path'

/** Editors write a file in several steps, and a checkout writes many: what changes within this time is one change. */
const SETTLE_MS = 150
const POLL_MS = 200

export interface FileHooks {
  /** The file was written, replaced or put back. */
  readonly onChange: () => void
  /** The file was removed or renamed. Editors do so for a moment while they save. */
  readonly onGone: () => void
}

/**
 * Watches one file by its path, as long as the process runs. It polls: a watcher of the system holds on to the file that
 * was there first, and loses it when an editor renames another one over it, or behind a symbolic link.
 */
export function followFile(file: string, { onChange, onGone }: FileHooks): void {
  let isGone = false
  const settled = settle(() => (isGone ? onGone() : onChange()))
  watchFile(file, { interval: POLL_MS }, ({ nlink }: Stats) => {
    isGone = nlink === 0
    settled()
  })
}

/**
 * Watches all files below a folder, also those of folders that are made later, as long as the process runs. Each folder
 * has a watcher of its own: on Linux, Node's `recursive` option watches files, and loses each that is replaced by rename
 * (Node 24.21).
 */
export function followFolder(root: string, onChange: () => void): void {
  let watchers: FSWatcher[] = []
  // folders may have come and gone
  const follow = (): void => {
    for (const watcher of watchers) watcher.close()
    watchers = []
    // a folder that goes away is an error on Windows, and on Linux an event of the folder around it
    for (const folder of foldersIn(root)) watchers.push(watch(folder, changed).on('error', changed))
  }
  const changed = settle(() => {
    try {
      follow()
      onChange()
    } catch {
      // one is being removed at this moment: look again
      changed()
    }
  })
  follow()
}

function foldersIn(root: string): readonly string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true })
  return [root, ...entries.filter((entry) => entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name))]
}

/** A function that calls `action` when it was not called for a while. */
function settle(action: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  return () => {
    clearTimeout(timer)
    timer = setTimeout(action, SETTLE_MS)
  }
}
