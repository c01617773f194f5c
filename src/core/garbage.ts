import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/**
 * Runs a full garbage collection on the heap of this thread. Node has no function for it; V8 provides `gc` in contexts
 * that are created after this flag is set (nodejs.org/api/v8.html, setFlagsFromString).
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
