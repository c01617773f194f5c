import type { Policy } from '../core/call.ts'
import type { Clock } from '../core/deadline.ts'
import { failure, statusFailure } from '../core/failure.ts'
import { cutShort, failed, live } from '../core/outcome.ts'
import { pause } from './parts/pause.ts'

/** Ends calls as their client has asked (`server.simulate`), instead of asking the source. */
export function simulate(clock: Clock): Policy {
  return (next) => async (call) => {
    const { simulation, source } = call
    if (simulation === undefined) return next(call)
    if (simulation.kind === 'empty') return live(null, 204)
    if (simulation.kind === 'status') return failed(statusFailure(source, simulation.status, null))
    if (simulation.kind === 'failure') {
      const message = `${source} was made to end with ${simulation.code}`
      const cause =
        simulation.code === 'dependency_failed' ? { cause: { source, code: 'internal_error' } as const } : {}
      return failed(failure(simulation.code, message, cause))
    }
    const cut = await pause(simulation.delayMs, call.cancel, clock)
    return cut === null ? next(call) : cutShort(call, cut)
  }
}
