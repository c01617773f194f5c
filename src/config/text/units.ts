import bytes from 'bytes'
import ms, { type StringValue } from 'ms'

/** A duration may be 0, a timeout may not; a size is above 0. */
export type Unit = 'duration' | 'timeout' | 'size'

/** Patterns for the published schema. `unitProblem` also checks what a pattern cannot express. */
export const UNIT_PATTERNS: Readonly<Record<Unit, string>> = {
  duration: '^(0|[0-9]+(\\.[0-9]+)?(ms|s|m|h|d))$',
  timeout: '^[0-9]+(\\.[0-9]+)?(ms|s|m|h|d)$',
  size: '^[0-9]+(\\.[0-9]+)?(b|kb|mb|gb)$',
}

const EXAMPLES: Readonly<Record<Unit, string>> = {
  duration: 'write for example 10ms, 2s or 1m',
  timeout: 'write for example 10ms, 2s or 1m',
  size: 'write for example 512b, 64kb or 1mb',
}

/** Whether a value is written like a duration with a unit, in whole numbers. */
export function isDuration(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9]+(ms|s|m|h|d)$/.test(value)
}

/** The longest delay of Node's setTimeout; it fires at once with a longer one. */
const LONGEST_MS = 2 ** 31 - 1

/** Why a duration or size is invalid, as the end of a sentence whose subject is the value; null if it is valid. */
export function unitProblem(unit: Unit, value: string | number): string | null {
  const text = String(value)
  if (text === '0') return unit === 'duration' ? null : 'must be above 0'
  if (/^[+-]?[0-9.]+$/.test(text)) return `has no unit; ${EXAMPLES[unit]}`
  if (!new RegExp(UNIT_PATTERNS[unit]).test(text))
    return `is no ${unit === 'size' ? 'size' : 'duration'}; ${EXAMPLES[unit]}`
  return unit === 'size' ? sizeProblem(toBytes(text)) : durationProblem(toMs(text), unit)
}

function sizeProblem(size: number): string | null {
  if (size === 0) return 'must be above 0'
  return size > Number.MAX_SAFE_INTEGER ? 'is too large' : null
}

function durationProblem(duration: number, unit: Unit): string | null {
  if (duration === 0 && unit === 'timeout') return 'must be above 0'
  if (!Number.isInteger(duration)) return 'is not a whole number of milliseconds'
  return duration > LONGEST_MS ? 'is too long: timers end at 24d (2147483647ms)' : null
}

/** Converts a valid duration to milliseconds. */
export function toMs(text: string | number): number {
  return text === 0 ? 0 : ms(text as StringValue)
}

/** Converts a valid size to bytes; 1 kb is 1024 bytes. */
export function toBytes(text: string | number): number {
  return Number(bytes.parse(text))
}

/** Formats milliseconds in the largest unit that gives a whole number: `1500ms`, `2s`. */
export function formatMs(duration: number): string {
  const [unit, size] = (
    [
      ['d', 86_400_000],
      ['h', 3_600_000],
      ['m', 60_000],
      ['s', 1000],
    ] as const
  ).find(([, size]) => duration > 0 && duration % size === 0) ?? ['ms', 1]
  return `${duration / size}${unit}`
}
