import type { Template, TemplateVariable } from '../source/template.ts'
import type { ParamConfig, SourceConfig } from './config.ts'
import { resolvePolicies } from './resolve-policies.ts'
import { withDefaults } from './schema/parts.ts'
import type { WrittenSource } from './schema.ts'
import { sharedProperties } from './schema-source.ts'
import { toBytes, toMs } from './text/units.ts'

/** A source whose template may be wrong. */
export type SourceDraft = Omit<SourceConfig, 'template'> & { readonly template: Template | null }

/** The compiled parts of a source; null where it is not written, or wrong. */
export type Compiled = Pick<SourceDraft, 'template' | 'shownTemplate' | 'body' | 'select' | 'bind' | 'forEach'>

/** `written` includes `defaults`. */
export function resolveSource(id: string, written: WrittenSource, compiled: Compiled, isRead: boolean): SourceDraft {
  const source = withDefaults(sharedProperties, written)
  const timeoutMs = toMs(source.timeout)
  const safe = written.safe ?? source.method === 'GET'
  const attemptTimeoutMs = written.attemptTimeout === undefined ? null : toMs(written.attemptTimeout)
  return {
    id,
    description: written.description ?? null,
    ...compiled,
    isRead,
    method: source.method,
    safe,
    idempotent: written.idempotent ?? safe,
    params: Object.entries(written.params ?? {}).map(([name, param]) => resolveParam(name, param, compiled)),
    values: written.values || {},
    headers: written.headers || {},
    forwardHeaders: [...new Set(source.forwardHeaders.map((name) => name.toLowerCase()))],
    propagate: source.propagate,
    timeoutMs,
    attemptTimeoutMs,
    connectTimeoutMs: Math.min(toMs(source.connectTimeout), timeoutMs, attemptTimeoutMs ?? timeoutMs),
    maxBytes: toBytes(source.maxBytes),
    ...resolvePolicies(written),
    fallback: 'fallback' in written ? { value: written.fallback } : null,
    required: source.required,
    format: source.format,
    emptyStatuses: source.emptyStatuses,
    schema: written.schema ?? null,
    validate: source.validate,
    redirects: source.redirects,
    denyPrivateAddresses: source.denyPrivateAddresses,
    deadlineHeader: written.deadlineHeader?.toLowerCase() ?? null,
    hidden: source.hidden,
  }
}

type WrittenParam = NonNullable<WrittenSource['params']>[string]

function resolveParam(name: string, written: WrittenParam, { template }: Compiled): ParamConfig {
  const { required, ...rest } = written
  // a list is the keyword of JSON Schema, for a parameter that is an object
  const schema: Record<string, unknown> = Array.isArray(required) ? { ...rest, required } : rest
  const standard = schema.default as ParamConfig['default']
  const optional = required === false && !isNeededInPath(name, template)
  const isNeeded = hasVariable(template, name, (variable) => variable.inPath)
  return {
    name,
    schema,
    required: required === true || (isNeeded && standard === undefined && !optional),
    default: standard,
  }
}

/** Whether the path needs a value: {/x}, {.x} and {;x} expand to nothing without one, {x} leaves an empty segment. */
function isNeededInPath(name: string, template: Template | null): boolean {
  return hasVariable(template, name, ({ inPath, operator }) => inPath && (operator === '' || operator === '+'))
}

function hasVariable(template: Template | null, name: string, test: (variable: TemplateVariable) => boolean): boolean {
  return template?.variables.some((variable) => variable.name === name && test(variable)) ?? false
}
