import type { Expression } from '../json/jmespath.ts'
import type { Shape } from '../json/shape.ts'
import { type BodyTemplate, compileBody } from '../source/body-template.ts'
import type { Binding, ForEach } from '../source/options.ts'
import { withDefaults } from './schema/parts.ts'
import type { Written, WrittenSource, WrittenView } from './schema.ts'
import { forEachSchema } from './schema-compose.ts'
import type { Path } from './text/problems.ts'

/** Compiles what is written at a path; null where that is wrong. */
export type Compile = (text: string, path: Path) => Expression | null

/** The `bind` of a source. Entries without `from` were reported and are left out. */
export function resolveBind(id: string, { bind = {} }: WrittenSource, compile: Compile): readonly Binding[] {
  return Object.entries(bind).flatMap(([name, { from, select }]) => {
    const compiled = optional(select, ['sources', id, 'bind', name, 'select'], compile)
    return from === undefined ? [] : [{ name, from, select: compiled }]
  })
}

export function resolveForEach(id: string, { forEach }: WrittenSource, compile: Compile): ForEach | null {
  if (forEach === undefined) return null
  const { from, as, limit, concurrency } = withDefaults(forEachSchema.properties, forEach)
  const select = optional(forEach.select, ['sources', id, 'forEach', 'select'], compile)
  return from === undefined || as === undefined ? null : { from, select, as, limit, concurrency }
}

/** A body in `defaults` does not apply to a GET. */
export function resolveBody(own: WrittenSource, written: WrittenSource): BodyTemplate | null {
  if (!Object.hasOwn(own, 'body') && own.method === 'GET') return null
  return Object.hasOwn(written, 'body') ? compileBody(written.body) : null
}

export function resolveShape(id: string, { shape }: WrittenView, compile: Compile): Shape | null {
  const path = ['views', id, 'shape']
  if (typeof shape !== 'object') {
    const whole = optional(shape, path, compile)
    return whole && { whole }
  }
  const parts = Object.entries(shape).flatMap(([key, text]) => {
    const part = compile(text, [...path, key])
    return part === null ? [] : [[key, part] as const]
  })
  return { parts: new Map(parts) }
}

/** The ids of the sources whose data is parsed for `bind`, `forEach` or `shape`. */
export function readSources({ sources = {}, views = {} }: Written): ReadonlySet<string> {
  const feeding = Object.values(sources).flatMap(({ bind = {}, forEach }) => [...Object.values(bind), forEach ?? {}])
  const shaped = Object.values(views).filter(({ shape }) => shape !== undefined)
  return new Set([...feeding.flatMap((one) => ('from' in one ? [String(one.from)] : [])), ...shaped.flatMap(sourcesOf)])
}

/** The ids of the sources that any view shows. */
export function sourcesInViews({ views = {} }: Written): ReadonlySet<string> {
  return new Set(Object.values(views).flatMap(sourcesOf))
}

function sourcesOf({ sources = [] }: WrittenView): readonly string[] {
  return Array.isArray(sources) ? sources : Object.entries(sources).map(([key, { source = key }]) => source)
}

function optional(text: string | undefined, path: Path, compile: Compile): Expression | null {
  return text === undefined ? null : compile(text, path)
}
