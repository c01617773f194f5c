import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import type { ConfigProblem, Path } from './problems.ts'

/** A parsed file. */
export interface Yaml {
  /** The content as JSON values: maps are plain objects, in which `__proto__` is an ordinary key. */
  readonly tree: Readonly<Record<string, unknown>>
  /** The line of the key or item, or of the nearest one around it. From 1. */
  lineOf(path: Path): number | null
}

/** The most aliases that are followed, so that a small file cannot expand into a huge one. */
const MAX_ALIASES = 100
const MAX_DEPTH = 100

const OPTIONS = {
  version: '1.2',
  schema: 'core',
  merge: false,
  uniqueKeys: true,
  stringKeys: true,
  resolveKnownTags: false,
  prettyErrors: false,
} as const

/** Reads YAML 1.2, which includes JSON. The parser's own messages are not used, because they quote the file. */
export function readYaml(text: string): Yaml | { readonly problems: readonly ConfigProblem[] } {
  const comments = commentProblem(text)
  if (comments !== null) return { problems: comments }
  const lines = new LineCounter()
  const document = parseDocument(text, { ...OPTIONS, lineCounter: lines })
  const problems = [...document.errors, ...document.warnings].map(({ code, pos }) => ({
    path: '',
    line: lines.linePos(pos[0]).line,
    message: EXPLAINED[code] ?? 'is no valid YAML; look at brackets, quotes and indentation',
  }))
  if (problems.length > 0) return { problems: onePerLine(problems) }
  const tree = toTree(document)
  if (typeof tree === 'string') return { problems: [{ path: '', line: null, message: tree }] }
  return { tree, lineOf: (path) => lineOf(document, path, lines) }
}

/**
 * Detects JSON with comments; null for any other text. The YAML parser would read the comments as text and report
 * errors in many places.
 */
function commentProblem(text: string): readonly ConfigProblem[] | null {
  if (!/^\ufeff?\s*(\{|\/[/*])/.test(text)) return null
  const strings = /"(\\.|[^"\\\n])*"/g
  const at = text.replace(strings, (string) => ' '.repeat(string.length)).search(/(?<![^\s,{}[\]:])\/[/*]/)
  if (at < 0) return null
  const line = text.slice(0, at).split('\n').length
  const message = 'JSON holds no comments; leave them out, or write YAML, whose comments begin with #'
  return [{ path: '', line, message }]
}

const FLOW = 'what holds { } [ ] , : # or ${NAME} needs quotes there'

const EXPLAINED: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias or anchor (* or &) is not valid; quote text that begins with * or &',
  BAD_DQ_ESCAPE: 'an escape in a double-quoted string is not valid; use single quotes, or write \\\\',
  BAD_INDENT: 'the indentation is wrong; keys and items of one map or list begin in the same column',
  BAD_SCALAR_START: 'text cannot begin with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a map begins within a line; put text with ": " in it in quotes, or begin a new line',
  DUPLICATE_KEY: 'this key is written twice in one map; keep one',
  MISSING_CHAR: 'a character is missing here: a closing quote, a colon, a comma or a space',
  MULTIPLE_DOCS: 'a second document begins here; a configuration is one document',
  NON_STRING_KEY: 'a key must be plain text',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply',
  TAB_AS_INDENT: 'a tab cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'tags (!name) are not allowed; leave it out',
  UNEXPECTED_TOKEN: `this cannot stand here; look at brackets, quotes and indentation (inside { } and [ ], ${FLOW})`,
}

/** Keeps one error a line: the parser reports several for one mistake. */
function onePerLine(problems: readonly ConfigProblem[]): ConfigProblem[] {
  const byLine = new Map(problems.toReversed().map((problem) => [problem.line, problem]))
  return [...byLine.values()].sort((a, b) => Number(a.line) - Number(b.line)).slice(0, 20)
}

/** Converts a document to plain values. Returns an error message (a string) if that is not possible. */
function toTree(document: Document): Record<string, unknown> | string {
  if (document.contents === null || (isScalar(document.contents) && document.contents.value === null)) {
    return 'the file is empty; a configuration needs sources, as in sources: { weather: { url: … } }'
  }
  if (!isMap(document.contents)) return 'the file must hold a map, which begins for example with sources:'
  try {
    const tree = document.toJS({ maxAliasCount: MAX_ALIASES })
    return tooDeep(tree, 0) ? 'the file is nested too deeply, or an alias holds itself' : tree
  } catch (error) {
    // the library throws a ReferenceError in both cases
    return String(error).includes('Unresolved alias')
      ? 'an alias (*name) has no anchor (&name) before it; quote text that begins with *'
      : `the file uses aliases too often (at most ${MAX_ALIASES} are followed)`
  }
}

function tooDeep(value: unknown, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth > MAX_DEPTH || Object.values(value).some((item) => tooDeep(item, depth + 1))
}

function lineOf(document: Document, path: Path, lines: LineCounter): number | null {
  let node: unknown = document.contents
  let line: number | null = null
  for (const step of path) {
    const found = below(isAlias(node) ? node.resolve(document) : node, step)
    if (!found) break
    line = lines.linePos(found.offset).line
    node = found.node
  }
  return line
}

function below(node: unknown, step: string | number): { offset: number; node: unknown } | null {
  const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && key.value === step) : undefined
  if (pair) return { offset: offsetOf(pair.key), node: pair.value }
  const item = isSeq(node) ? node.items[Number(step)] : undefined
  return item === undefined ? null : { offset: offsetOf(item), node: item }
}

function offsetOf(node: unknown): number {
  // every parsed node has a range
  return (node as { range: readonly [number] }).range[0]
}
