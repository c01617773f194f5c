import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

let collect: (() => void) | undefined

/**
 * A full collection, of this thread's heap. Node has no function for it; V8 gives one to contexts made after this flag
 * (nodejs.org/api/v8.html, setFlagsFromString).
 */
export function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}
