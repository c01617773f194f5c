import Type from 'typebox'
import { block, byId } from './schema/parts.ts'
import { cacheMemorySchema } from './schema-policies.ts'
import { deadlineSchema, serverSchema } from './schema-server.ts'
import { ownProperties, sharedProperties } from './schema-source.ts'
import { type entrySchema, viewSchema } from './schema-view.ts'

const defaultsSchema = block(sharedProperties, {
  description:
    'What every source has unless it says otherwise: any source key but url, params, bind and forEach. Blocks merge key by key.',
  examples: [{ timeout: '1s' }],
})

const source = block(
  { ...ownProperties, ...sharedProperties },
  {
    description: 'One upstream API.',
    examples: [{ url: 'https://api.example/weather{?q}' }],
  },
)

/** The whole configuration. Static types, validation and config.schema.json derive from it. */
export const configSchema = block(
  {
    server: Type.Optional(serverSchema),
    deadline: Type.Optional(deadlineSchema),
    cache: Type.Optional(cacheMemorySchema),
    defaults: Type.Optional(defaultsSchema),
    sources: byId(source, {
      description: 'The upstream APIs by id. Required.',
      examples: [{ weather: { url: 'https://api.example/weather{?q}' } }],
    }),
    views: Type.Optional(
      byId(viewSchema, { description: 'Views by id. Default: none.', examples: [{ home: { sources: ['weather'] } }] }),
    ),
  },
  { description: 'Configuration of Tributary.' },
)

/** As written, without the parts in which the schema found errors: any key may be missing. */
export type WrittenServer = Type.Static<typeof serverSchema>
export type WrittenDeadline = Type.Static<typeof deadlineSchema>
export type WrittenCacheMemory = Type.Static<typeof cacheMemorySchema>
export type WrittenDefaults = Type.Static<typeof defaultsSchema>
export type WrittenSource = Partial<Type.Static<typeof source>>
export type WrittenView = Partial<Type.Static<typeof viewSchema>>
export type WrittenEntry = Type.Static<typeof entrySchema>
export interface Written {
  readonly server?: WrittenServer
  readonly deadline?: WrittenDeadline
  readonly cache?: WrittenCacheMemory
  readonly defaults?: WrittenDefaults
  readonly sources?: Readonly<Record<string, WrittenSource>>
  readonly views?: Readonly<Record<string, WrittenView>>
}
