import t from 'tap'
import { startOtlp } from '../../src/telemetry/otlp.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const OTHER = '00000000000000000000000000000001'

t.test('the samplers of the standard', async (t) => {
  for (const [sampler, ratio, expected] of [
    [undefined, undefined, [true, true, true, false]],
    ['', '', [true, true, true, false]],
    ['always_on', undefined, [true, true, true, true]],
    ['always_off', undefined, [false, false, false, false]],
    ['traceidratio', undefined, [true, true, true, true]],
    ['traceidratio', '0.5', [false, true, true, true]],
    ['traceidratio', '0', [false, false, false, false]],
    ['parentbased_always_on', undefined, [true, true, true, false]],
    ['parentbased_always_off', undefined, [false, false, true, false]],
    ['parentbased_traceidratio', '0.5', [false, true, true, false]],
    ['parentbased_traceidratio', '0', [false, false, true, false]],
  ] as const) {
    const tracing = startOtlp({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: ratio })
    t.teardown(() => tracing?.close())
    t.same(
      [
        tracing?.sampler(TRACE, null),
        tracing?.sampler(OTHER, null),
        tracing?.sampler(OTHER, true),
        tracing?.sampler(OTHER, false),
      ],
      expected,
      `${sampler} ${ratio}`,
    )
  }
})

t.test('what switches it off', async (t) => {
  for (const env of [{ OTEL_SDK_DISABLED: 'true' }, { OTEL_SDK_DISABLED: 'TRUE ' }, { OTEL_TRACES_EXPORTER: 'none' }])
    t.equal(startOtlp(env), null)
  for (const env of [{ OTEL_SDK_DISABLED: 'false' }, { OTEL_SDK_DISABLED: '' }, { OTEL_TRACES_EXPORTER: 'otlp' }]) {
    const tracing = startOtlp(env)
    t.not(tracing, null)
    await tracing?.close()
  }
})

t.test('a variable that is wrong', async (t) => {
  for (const [name, value, message] of [
    [
      'OTEL_TRACES_SAMPLER',
      'xray',
      /^OTEL_TRACES_SAMPLER: there is no "xray" here; there is always_on, always_off, traceid/,
    ],
    ['OTEL_TRACES_SAMPLER_ARG', '2', 'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1'],
    ['OTEL_TRACES_SAMPLER_ARG', 'half', 'OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1'],
    ['OTEL_TRACES_EXPORTER', 'console', 'OTEL_TRACES_EXPORTER: there is no "console" here; there is otlp, none'],
    ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc', /there is no "grpc" here; there is http\/json, http\/protobuf$/],
    ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'grpc', /^OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: there is no "grpc" here/],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318', /must be a URL such as http:\/\/collector:4318$/],
    ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', '/v1', /^OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: must be a URL/],
    ['OTEL_BSP_SCHEDULE_DELAY', '5s', 'OTEL_BSP_SCHEDULE_DELAY: must be a whole number from 1'],
    ['OTEL_BSP_MAX_QUEUE_SIZE', '0', 'OTEL_BSP_MAX_QUEUE_SIZE: must be a whole number from 1'],
    ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE', '-1', 'OTEL_BSP_MAX_EXPORT_BATCH_SIZE: must be a whole number from 1'],
  ] as const)
    t.throws(() => startOtlp({ [name]: value }), { message }, `${name}=${value}`)
})
