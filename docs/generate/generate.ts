import { execFileSync } from 'node:child_process'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { failureCodes, problems } from './answers.ts'
import { benchmarkCharts, benchmarkResults, benchmarkTable, sizingTable } from './benchmarks.ts'
import { keyReference } from './configuration.ts'
import type { Schema } from './keys.ts'
import { mainKeys } from './main-keys.ts'
import { metricsTable } from './metrics.ts'

/**
 * Writes the generated parts of README.md and docs/*.md: `npm run docs`. Each part is between two comments,
 * `<!-- generated: NAME -->` and `<!-- end of NAME -->`; all other text is written by hand.
 */

const ROOT = join(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** The content of each generated part, by name. */
export function generatedParts(): Readonly<Record<string, string>> {
  const schema: Schema = JSON.parse(read('config.schema.json'))
  return {
    'main keys': mainKeys(schema),
    keys: keyReference(schema),
    'failure codes': failureCodes(),
    problems: problems(),
    metrics: metricsTable(),
    benchmarks: benchmarkTable(benchmarkResults()),
    sizing: sizingTable(benchmarkResults()),
  }
}

/** The new text of every page with generated parts, by file. Throws for a part with an unknown name. */
export function generatedPages(): ReadonlyMap<string, string> {
  const parts = generatedParts()
  const pages = ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()].flatMap((file) => {
    const text = read(file)
    return text.includes('<!-- generated: ') ? [[file, formatted(file, filled(file, text, parts))] as const] : []
  })
  return new Map(pages)
}

/** The charts of the pages, by file. */
export function generatedCharts(): ReadonlyMap<string, string> {
  return new Map(Object.entries(benchmarkCharts(benchmarkResults())).map(([name, svg]) => [`docs/${name}`, svg]))
}

function filled(file: string, text: string, parts: Readonly<Record<string, string>>): string {
  return text.replaceAll(
    /<!-- generated: (.*?) -->[\s\S]*?(?:<!-- end of (.*?) -->|$)/g,
    (_, name: string, end = '') => {
      const part = parts[name]
      if (part === undefined || end !== name) throw new Error(`${file} has a part "${name}" that ends as "${end}"`)
      return `<!-- generated: ${name} -->\n\n${part}\n\n<!-- end of ${name} -->`
    },
  )
}

/** Formats text with Biome, which also checks these files. */
function formatted(file: string, text: string): string {
  return execFileSync('biome', ['format', `--stdin-file-path=${file}`], { cwd: ROOT, input: text, encoding: 'utf8' })
}

if (import.meta.main)
  for (const [file, text] of [...generatedPages(), ...generatedCharts()]) writeFileSync(join(ROOT, file), text)
