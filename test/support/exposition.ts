/** Reads Prometheus's text format, strictly: a line that is none of it is an error. */

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** One metric. `samples` of a histogram have the suffixes _bucket, _sum and _count. */
export interface Family {
  readonly type: string
  readonly help: string
  readonly samples: readonly Sample[]
}

export class Exposition {
  readonly families: ReadonlyMap<string, Family>

  constructor(text: string) {
    const blocks = text.trimEnd().split(/\n(?=# HELP )/)
    this.families = new Map(blocks.map((block) => readFamily(block.trimEnd())))
  }

  get samples(): readonly Sample[] {
    return [...this.families.values()].flatMap(({ samples }) => samples)
  }

  /** The value of the one sample with this name and exactly these labels; undefined if there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = keyOf(labels)
    const found = this.samples.filter((sample) => sample.name === name && keyOf(sample.labels) === wanted)
    if (found.length > 1) throw new Error(`${name} ${wanted} is there ${found.length} times`)
    return found[0]?.value
  }

  /** The values of a label of a metric, without repeats. */
  labelValues(name: string, label: string): readonly string[] {
    return [...new Set(this.samples.filter((sample) => sample.name === name).map(({ labels }) => labels[label] ?? ''))]
  }
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort())
}

function readFamily(block: string): readonly [string, Family] {
  const [first = '', second = '', ...lines] = block.split('\n')
  const [, name = '', help = ''] = /^# HELP ([a-z0-9_]+) (.+)$/.exec(first) ?? fail(first)
  const [, again, type = ''] = /^# TYPE ([a-z0-9_]+) (counter|gauge|histogram)$/.exec(second) ?? fail(second)
  if (again !== name) fail(second)
  const samples = lines.map(readSample)
  const own = type === 'histogram' ? new RegExp(`^${name}_(bucket|sum|count)$`) : new RegExp(`^${name}$`)
  for (const sample of samples) if (!own.test(sample.name)) fail(sample.name)
  return [name, { type, help, samples }]
}

function readSample(line: string): Sample {
  const [, name = '', inside = '', value = ''] = /^([a-z0-9_]+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? fail(line)
  const labels = [...inside.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"(?:,|$)/g)]
  if (labels.map(([text]) => text).join('') !== inside) fail(line)
  const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value)
  if (Number.isNaN(number)) fail(line)
  return { name, labels: Object.fromEntries(labels.map(([, key = '', text = '']) => [key, text])), value: number }
}

function fail(line: string): never {
  throw new Error(`not of the text format: ${line}`)
}
