/**
 * Switches traces on: `node --import ./src/telemetry/opentelemetry.mjs src/main.ts`. It is plain JavaScript, because in
 * NODE_OPTIONS it reaches npm too, which may run on a Node that is too old for TypeScript.
 */
if (process.features.typescript) {
  const { registerTracing } = await import('./registry.ts')
  registerTracing(async () => {
    const { startOtlp } = await import('./otlp.ts').catch(explain)
    return startOtlp(process.env)
  })
}

/** @param {NodeJS.ErrnoException} error */
function explain(error) {
  if (error.code !== 'ERR_MODULE_NOT_FOUND') throw error
  const [, name = 'a package'] = /Cannot find package '([^']+)'/.exec(error.message) ?? []
  throw new Error(
    `traces need the optional packages of OpenTelemetry (${name} is missing); run "npm ci" without --omit=optional`,
  )
}
