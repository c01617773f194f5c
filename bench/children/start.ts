import '../../src/cli/launch.cjs'
import { openSync } from 'node:fs'
import { devNull } from 'node:os'
import { parseConfig } from '../../src/config/load.ts'
import { start } from '../../src/service.ts'
import { createLog } from '../../src/telemetry/logger.ts'

/** Starts Tributary as in production: with all defaults, and the log at level info, but discarded. */
export async function startTributary(written: object): Promise<string> {
  // JSON is valid YAML
  const { config, problems } = parseConfig(JSON.stringify(written), {})
  if (config === null) throw new Error(JSON.stringify(problems))
  const { address } = await start(config, createLog('info', openSync(devNull, 'w')))
  return address
}
