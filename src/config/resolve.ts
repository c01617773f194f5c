import type { Shape } from '../json/shape.ts'
import type { CacheConfig, DeadlineConfig, ServerConfig, ViewConfig, ViewEntry } from './config.ts'
import type { SourceDraft } from './resolve-source.ts'
import { withDefaults } from './schema/parts.ts'
import type { WrittenCacheMemory, WrittenDeadline, WrittenEntry, WrittenServer, WrittenView } from './schema.ts'
import { cacheMemorySchema } from './schema-policies.ts'
import { deadlineSchema, serverSchema } from './schema-server.ts'
import { toBytes, toMs } from './text/units.ts'

export function resolveServer(written: WrittenServer): ServerConfig {
  const { drainDelay, shutdownTimeout, trustProxy, maxBody, maxAnswerBytes, ...server } = withDefaults(
    serverSchema.properties,
    written,
  )
  return {
    ...server,
    trustProxy: typeof trustProxy === 'string' ? trustProxy.split(',').map((part) => part.trim()) : trustProxy,
    maxBodyBytes: toBytes(maxBody),
    maxAnswerBytes: toBytes(maxAnswerBytes),
    drainDelayMs: toMs(drainDelay),
    shutdownTimeoutMs: toMs(shutdownTimeout),
  }
}

export function resolveDeadline(written: WrittenDeadline): DeadlineConfig {
  const deadline = withDefaults(deadlineSchema.properties, written)
  const maxMs = toMs(deadline.max)
  const standardMs = toMs(deadline.default)
  // a maximum below the default lowers the default too
  const defaultMs = written.default === undefined ? Math.min(standardMs, maxMs) : standardMs
  return { defaultMs, maxMs, reserveMs: toMs(deadline.reserve) }
}

export function resolveCache(written: WrittenCacheMemory): CacheConfig {
  return { maxBytes: toBytes(withDefaults(cacheMemorySchema.properties, written).maxBytes) }
}

/** Entries that name no source are kept; check-view.ts reports them. */
export function resolveView(
  id: string,
  { description, sources = [], deadline }: WrittenView,
  defaultMs: number,
  known: ReadonlyMap<string, SourceDraft>,
  shape: Shape | null,
): ViewConfig {
  const written: [string, WrittenEntry][] = Array.isArray(sources)
    ? sources.map((id) => [id, {}])
    : Object.entries(sources)
  const entries = written.map(([key, entry]) => resolveEntry(key, entry, known))
  return {
    id,
    description: description ?? null,
    deadlineMs: deadline === undefined ? defaultMs : toMs(deadline),
    entries,
    shape,
  }
}

function resolveEntry(
  key: string,
  { source = key, params = {}, required }: WrittenEntry,
  known: ReadonlyMap<string, SourceDraft>,
): ViewEntry {
  return { key, source, params, required: required ?? known.get(source)?.required ?? false }
}
