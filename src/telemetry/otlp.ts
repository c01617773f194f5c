import { ROOT_CONTEXT } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import {
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources'
import { SamplingDecision, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace'
import type { Sampler } from '../core/trace.ts'
import type { Tracing } from './registry.ts'
import { createTracing } from './tracing.ts'

/**
 * Sends traces to a collector with OTLP over HTTP, as the environment says (OpenTelemetry, "Environment Variable
 * Specification"). Null if that switches it off. Throws an error with a sentence if a variable is wrong; the library
 * would go on with its default. It reads the remaining variables of the exporter itself.
 */
export function startOtlp(environment: NodeJS.ProcessEnv): Tracing | null {
  const { OTEL_SDK_DISABLED, OTEL_TRACES_EXPORTER } = environment
  const sampler = samplerOf(environment)
  const batch = batchOf(environment)
  checkChoice('OTEL_TRACES_EXPORTER', OTEL_TRACES_EXPORTER, ['otlp', 'none'])
  checkExporter(environment)
  if (OTEL_SDK_DISABLED?.trim().toLowerCase() === 'true' || OTEL_TRACES_EXPORTER === 'none') return null
  return createTracing({ exporter: new OTLPTraceExporter(), sampler, batch, resource: resourceOf() })
}

function resourceOf(): Resource {
  const detected = detectResources({ detectors: [envDetector, serviceInstanceIdDetector] })
  return resourceFromAttributes({ 'service.name': 'tributary' }).merge(detected)
}

function checkExporter(environment: NodeJS.ProcessEnv): void {
  for (const name of ['OTEL_EXPORTER_OTLP_PROTOCOL', 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'])
    checkChoice(name, environment[name], ['http/json', 'http/protobuf'])
  for (const name of ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT']) {
    const url = environment[name]
    if (url && !/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
      throw new Error(`${name}: must be a URL such as http://collector:4318`)
  }
}

function checkChoice(name: string, value: string | undefined, choices: readonly string[]): void {
  if (value && !choices.includes(value))
    throw new Error(`${name}: there is no "${value}" here; there is ${choices.join(', ')}`)
}

/** By the standard's names. Those with "parentbased" do as the client decided, where it did. */
function samplerOf({ OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG }: NodeJS.ProcessEnv): Sampler {
  const name = OTEL_TRACES_SAMPLER || 'parentbased_always_on'
  const roots = { always_on: () => true, always_off: () => false, traceidratio: byRatio(OTEL_TRACES_SAMPLER_ARG) }
  const samplers: Readonly<Record<string, Sampler>> = {
    ...roots,
    ...Object.fromEntries(Object.entries(roots).map(([root, sampler]) => [`parentbased_${root}`, following(sampler)])),
  }
  checkChoice('OTEL_TRACES_SAMPLER', name, Object.keys(samplers))
  return samplers[name] as Sampler
}

function following(root: Sampler): Sampler {
  return (traceId, client) => client ?? root(traceId, client)
}

/** Records this share of all traces; by their ids, so that all services with the same share record the same traces. */
function byRatio(text: string | undefined): Sampler {
  const ratio = Number(text || 1)
  if (!(ratio >= 0 && ratio <= 1)) throw new Error('OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1')
  const sampler = new TraceIdRatioBasedSampler(ratio)
  return (traceId) => sampler.shouldSample(ROOT_CONTEXT, traceId).decision === SamplingDecision.RECORD_AND_SAMPLED
}

/** The library's own defaults hold for what is not set. */
function batchOf(environment: NodeJS.ProcessEnv) {
  return {
    ...wholeNumber('scheduledDelayMillis', 'OTEL_BSP_SCHEDULE_DELAY', environment),
    ...wholeNumber('maxQueueSize', 'OTEL_BSP_MAX_QUEUE_SIZE', environment),
    ...wholeNumber('maxExportBatchSize', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE', environment),
  }
}

/** The option of that name; nothing if the variable is not set. */
function wholeNumber<Option extends string>(option: Option, name: string, { [name]: text }: NodeJS.ProcessEnv) {
  if (!text) return {}
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`${name}: must be a whole number from 1`)
  return { [option]: Number(text) } as Record<Option, number>
}
