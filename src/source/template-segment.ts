import type { Step } from './template-expand.ts'
import type { TemplateProblem } from './template-value.ts'

// Segments that are empty, "." or ".." (RFC 3986, section 3.3); also percent-encoded, and also before ";", because some
// servers cut segments there.
const BAD_SEGMENT = /^(?:(?:\.|%2e){1,2}(?:;.*)?)?$/i
const BAD_SEGMENT_WITHIN = /\/(?:(?:\.|%2e){1,2}(?=[/;?]|$)|(?=[/?]|$))/i

interface Segment {
  text: string
  readonly variables: Set<string>
}

interface Part {
  readonly step: Step
  readonly text: string
}

/** A fast check of the expanded path. Only if it matches, `segmentProblem` runs. */
export function mayHoldBadSegment(path: string): boolean {
  return BAD_SEGMENT_WITHIN.test(path)
}

/**
 * Returns the first bad segment that contains a variable. Bad segments of literals were rejected when the template was
 * compiled.
 */
export function segmentProblem(parts: readonly Part[]): TemplateProblem | null {
  for (const { text, variables } of segments(parts)) {
    const [first] = variables
    if (first === undefined || !BAD_SEGMENT.test(text)) continue
    const names = [...variables].map((name) => `"${name}"`).join(' and ')
    const how = text === '' ? 'empty' : '"." or ".."'
    return { problem: `the path segment of ${names} would be ${how}`, variable: first }
  }
  return null
}

function segments(parts: readonly Part[]): Segment[] {
  const all: Segment[] = [{ text: '', variables: new Set() }]
  for (const { step, text } of parts) {
    if (!step.inPath) break
    const [sent = ''] = text.split(/[?#]/, 1)
    addToSegments(all, sent, step)
    if (sent !== text) break
  }
  // the segment before the first "/" is always empty, unless the expression that writes that "/" is absent
  const [first] = all
  return first?.text === '' && first.variables.size === 0 ? all.slice(1) : all
}

function addToSegments(all: Segment[], text: string, step: Step): void {
  const operator = 'text' in step ? null : step.operator
  const names = 'text' in step ? [] : step.variables.map(({ name }) => name)
  const [head = '', ...tail] = text.split('/')
  // An absent {/x}, {.x} or {;x} writes nothing. The "/" of {/x} is not part of the segment before it.
  const traceless = operator === '/' || (text === '' && (operator === '.' || operator === ';'))
  const last = all.at(-1)
  if (last) last.text += head
  if (!traceless) for (const name of names) last?.variables.add(name)
  for (const part of tail) all.push({ text: part, variables: new Set(names) })
}
