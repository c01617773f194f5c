import { type HeapProfiler, type Profiler, Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** What V8 has recorded of a process. */
export interface Profiles {
  /** Where the processor was. */
  readonly cpu: Profiler.Profile
  /** What was allocated, garbage included. */
  readonly heap: HeapProfiler.SamplingHeapProfile
}

/** One sample in so many microseconds. */
const CPU_INTERVAL_US = 200
/** One sample in so many bytes, on average. */
const HEAP_INTERVAL_BYTES = 16 * 1024

/** Records this process for a while. */
export async function profileFor(ms: number): Promise<Profiles> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US })
  await session.post('Profiler.start')
  await sleep(ms)
  const { profile: cpu } = await session.post('Profiler.stop')
  // one after the other: sampling allocations takes processor time
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: HEAP_INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType)
  await sleep(ms)
  const { profile: heap } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return { cpu, heap }
}
