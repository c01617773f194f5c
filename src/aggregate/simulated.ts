import { FAILURE_CODES, type FailureCode } from '../core/failure.ts'
import { listed, quoteName, thereIsNo } from '../core/known-names.ts'
import type { Simulation } from '../core/simulation.ts'
import type { RequestError } from '../http/problem.ts'

/** How a client wants the call of one key to end. */
export interface Simulated {
  /** The key in `data`. */
  readonly key: string
  /** As the client wrote it: `http_response_timeout`, `upstream_status=503`, `empty` or `delay=800ms`. */
  readonly text: string
  readonly simulation: Simulation
}

/** Codes that a call can be made to end with. No client ever receives `cancelled`. */
export const SIMULATED_CODES = (Object.keys(FAILURE_CODES) as FailureCode[]).filter((code) => code !== 'cancelled')

const EXAMPLE = 'write for example simulate=news:http_response_timeout'
const MAX_DELAY_MS = 60_000

/** Reads the values of `simulate`. All errors are added to `errors`. */
export function readSimulated(
  values: readonly string[],
  isAllowed: boolean,
  errors: RequestError[],
): readonly Simulated[] {
  if (values.length === 0) return []
  const refuse = (message: string): void => void errors.push({ path: 'simulate', message })
  if (!isAllowed) {
    refuse('"simulate" is switched off here, in the configuration (server.simulate); leave it out.')
    return []
  }
  const read = values.flatMap((value) => readOne(value, refuse))
  const keys = read.map(({ key }) => key)
  for (const key of new Set(keys.filter((one, index) => keys.indexOf(one) < index)))
    refuse(`"simulate" has more than one value for ${key}; give one.`)
  return read
}

function readOne(value: string, refuse: (message: string) => void): readonly Simulated[] {
  const [, key = '', text = ''] = /^([^:]+):(.*)$/s.exec(value) ?? []
  const simulation = key === '' ? null : simulationOf(text)
  if (simulation !== null) return [{ key, text, simulation }]
  const codes = `delay=800ms, empty, upstream_status=503, or a failure code: ${listed(SIMULATED_CODES, SIMULATED_CODES.length)}`
  if (key === '') refuse(`"simulate" names no source; ${EXAMPLE}.`)
  else refuse(`"simulate" cannot make ${quoteName(key)} end so; write one of ${codes}.`)
  return []
}

/** Null if the text says nothing that is known. */
function simulationOf(text: string): Simulation | null {
  if (text === 'empty') return { kind: 'empty' }
  const [name = '', value] = text.split(/=(.*)/s, 2)
  if (name === 'upstream_status') {
    const status = value === undefined ? 500 : /^[1345]\d\d$/.test(value) ? Number(value) : null
    return status === null ? null : { kind: 'status', status }
  }
  if (name === 'delay') {
    const [, digits = '', unit] = /^(\d{1,6})(ms|s)$/.exec(value ?? '') ?? []
    const delayMs = Number(digits) * (unit === 's' ? 1000 : 1)
    return digits === '' || delayMs > MAX_DELAY_MS ? null : { kind: 'delay', delayMs }
  }
  const code = SIMULATED_CODES.find((one) => one === text)
  return code === undefined || code === 'upstream_status' ? null : { kind: 'failure', code }
}

/** Checks that every key is one of those that were asked for. */
export function checkSimulated(
  simulated: readonly Simulated[],
  asked: readonly string[],
  errors: RequestError[],
): void {
  for (const { key } of simulated) {
    if (!asked.includes(key)) errors.push({ path: 'simulate', message: thereIsNo('source', key, asked) })
  }
}
