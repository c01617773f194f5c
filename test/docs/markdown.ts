import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const ROOT = join(import.meta.dirname, '../..')

/** A fenced code block; `info` is the text after its language, such as `config=my.yaml`. */
export interface Block {
  readonly lang: string
  readonly info: string
  readonly text: string
  /** The page, and the line of its first fence. */
  readonly place: string
}

export interface Table {
  readonly header: readonly string[]
  readonly rows: readonly (readonly string[])[]
}

/** A file at the root of the repository. */
export function readRoot(name: string): string {
  return readFileSync(join(ROOT, name), 'utf8')
}

export interface Page {
  /** The file, from the root. */
  readonly name: string
  readonly text: string
}

export function pageOf(name: string): Page {
  return { name, text: readRoot(name) }
}

/** README.md and the pages of docs/. */
export const PAGES: readonly Page[] = ['README.md', ...globSync('docs/*.md', { cwd: ROOT }).sort()].map(pageOf)

/** All pages as one text: tests must not depend on which page has a table. */
export const DOCS = PAGES.map(({ text }) => text).join('\n\n')

/** The code blocks of a page. Throws if a fence is not closed. */
export function blocksOf({ name, text: markdown }: Page): readonly Block[] {
  const lines = markdown.split('\n')
  const fences = lines.flatMap((text, index) => (text.startsWith('```') ? [index] : []))
  if (fences.length % 2 !== 0) throw new Error('a fence is opened and never closed')
  return fences.flatMap((from, nth) => {
    if (nth % 2 !== 0) return []
    const [lang = '', ...info] = (lines[from] ?? '').slice(3).split(' ')
    return [
      {
        lang,
        info: info.join(' '),
        text: lines.slice(from + 1, fences[nth + 1]).join('\n'),
        place: `${name}, line ${from + 1}`,
      },
    ]
  })
}

/** The blocks of all pages. */
export const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf)

/** The text outside fenced blocks. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(/^```[\s\S]*?^```$/gm, '')
}

/** The table whose first column has this header. Throws if there is not exactly one. */
export function tableOf(markdown: string, first: string): Table {
  const tables = proseOf(markdown)
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.startsWith('|'))
    .map((paragraph) => paragraph.trim().split('\n').map(cellsOf))
    .filter(([header]) => header?.[0] === first)
  const [header = [], , ...rows] = tables[0] ?? []
  if (tables.length !== 1 || rows.length === 0) throw new Error(`there are ${tables.length} tables of "${first}"`)
  return { header, rows }
}

function cellsOf(line: string): readonly string[] {
  return line
    .replace(/^\|/, '')
    .replace(/\|$/, '')
    .split('|')
    .map((cell) => cell.trim())
}

/** The texts in backticks, in order. */
export function codesIn(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

/** The texts in backticks in one column of a table. */
export function codesOf({ rows }: Table, column = 0): readonly string[] {
  return rows.flatMap((row) => codesIn(row[column] ?? ''))
}

/** The text between this heading and the next one. Throws if there is not exactly one such heading. */
export function sectionOf(markdown: string, heading: string): string {
  const found = proseOf(markdown)
    .split(/^#+ /m)
    .filter((section) => section.startsWith(`${heading}\n`))
  if (found.length !== 1) throw new Error(`there are ${found.length} sections "${heading}"`)
  return found.join().slice(heading.length)
}

/** The paragraph with this beginning. Throws if there is not exactly one. */
export function paragraphOf(markdown: string, start: string): string {
  const found = proseOf(markdown)
    .split(/\n{2,}/)
    .filter((paragraph) => paragraph.startsWith(start))
  if (found.length !== 1) throw new Error(`${found.length} paragraphs begin with "${start}"`)
  return found.join()
}
