import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { documentOf } from '../../src/cli/openapi.ts'
import { parseConfig } from '../../src/config/load.ts'
import { DEMO_CONFIG } from '../../src/demo/config.ts'
import { demoVariables } from '../../src/demo/demo.ts'

// biome-ignore lint/suspicious/noExplicitAny: an OpenAPI document, which has another shape at every level
export type Json = any

/** The committed document of the demo. */
export const COMMITTED = fileURLToPath(new URL('../../openapi.yaml', import.meta.url))

/** The document of a configuration, written as YAML or as an object of the same form. */
export async function documentFor(written: string | object, environment: NodeJS.ProcessEnv = {}): Promise<Json> {
  const text = typeof written === 'string' ? written : JSON.stringify(written)
  const { config, problems } = parseConfig(text, environment)
  if (config === null) throw new Error(JSON.stringify(problems, null, 2))
  return documentOf(config)
}

export async function demoDocument(): Promise<Json> {
  return documentFor(readFileSync(DEMO_CONFIG, 'utf8'), demoVariables())
}

/** Configurations that are unlike the demo, each in its own way. */
export const UNLIKE_THE_DEMO: Readonly<Record<string, object>> = {
  'one source, and no more': { sources: { only: { url: 'http://a.example/' } } },
  'hidden sources, and everything switched off': {
    server: { explain: false, serverTiming: false },
    sources: {
      seen: { url: 'http://a.example/{?q}', params: { q: { type: 'string', required: true } }, required: true },
      unseen: { url: 'http://b.example/', hidden: true, schema: { type: 'object', title: 'Unseen' } },
    },
  },
  'schemas that refer to parts of themselves': {
    sources: {
      tree: {
        url: 'http://a.example/{?range,ids*}',
        params: {
          range: { $ref: '#/$defs/range', $defs: { range: { type: 'string', enum: ['day', 'week'] } } },
          ids: { type: 'array', items: { $ref: '#/$defs/id' }, $defs: { id: { type: 'integer', minimum: 1 } } },
        },
        schema: {
          $ref: '#/$defs/node',
          $defs: {
            node: {
              type: 'object',
              required: ['name'],
              properties: {
                name: { $ref: '#/$defs/name' },
                $ref: { type: 'string', description: 'a property of that name is no reference' },
                children: { type: 'array', items: { $ref: '#/$defs/node' } },
              },
            },
            name: { type: 'string' },
          },
          examples: [{ name: 'root', $ref: '#/$defs/node', children: [{ name: 'leaf' }] }],
        },
      },
      list: { url: 'http://b.example/{?range}', params: { range: { type: 'string', enum: ['day', 'year'] } } },
    },
    views: { trees: { sources: { a: { source: 'tree', required: true }, b: { source: 'tree' }, list: {} } } },
  },
}
