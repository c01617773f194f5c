import { type HeapProfiler, type Profiler, Session } from 'node:inspector/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** One sample in so many microseconds. */
const CPU_INTERVAL_US = 200
/** One sample in so many bytes, on average. */
const HEAP_INTERVAL_BYTES = 16 * 1024

/** Records for a while where the processor is. */
export async function profileCpu(ms: number): Promise<Profiler.Profile> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: CPU_INTERVAL_US })
  await session.post('Profiler.start')
  await sleep(ms)
  const { profile } = await session.post('Profiler.stop')
  session.disconnect()
  return profile
}

/** Records for a while what is allocated, garbage included. */
export async function profileHeap(ms: number): Promise<HeapProfiler.SamplingHeapProfile> {
  const session = new Session()
  session.connect()
  await session.post('HeapProfiler.startSampling', {
    samplingInterval: HEAP_INTERVAL_BYTES,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  } as HeapProfiler.StartSamplingParameterType)
  await sleep(ms)
  const { profile } = await session.post('HeapProfiler.stopSampling')
  session.disconnect()
  return profile
}
