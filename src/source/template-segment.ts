import type { Step } from './template-expand.ts'
import type { TemplateProblem } from './template-value.ts'

// Empty, "." and ".." (RFC 3986 section 3.3), also encoded, also before ";", where some servers cut a segment.
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

/** A quick look at a path and query: only where it sees something do the steps need to be gone through again. */
export function mayHoldBadSegment(path: string): boolean {
  return BAD_SEGMENT_WITHIN.test(path)
}

/** The first bad segment that a variable had a part in; literal ones were accepted when the template was compiled. */
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
  // before the first "/" there is nothing, unless what should have brought that "/" vanished
  const [first] = all
  return first?.text === '' && first.variables.size === 0 ? all.slice(1) : all
}

function addToSegments(all: Segment[], text: string, step: Step): void {
  const operator = 'text' in step ? null : step.operator
  const names = 'text' in step ? [] : step.variables.map(({ name }) => name)
  const [head = '', ...tail] = text.split('/')
  // What is absent in {/x}, {.x} and {;x} leaves no trace; and the "/" of {/x} has no part in the segment before it.
  const traceless = operator === '/' || (text === '' && (operator === '.' || operator === ';'))
  const last = all.at(-1)
  if (last) last.text += head
  if (!traceless) for (const name of names) last?.variables.add(name)
  for (const part of tail) all.push({ text: part, variables: new Set(names) })
}
