import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { extname } from 'node:path'
import type { Offer } from './offered.ts'

/** A file of the console, as it is served. */
export interface ConsoleFile {
  /** Relative to the page: `docs/console/main.js`; empty for the page itself. */
  readonly path: string
  readonly type: string
  readonly body: string
  /** Weak, because it may be compressed. */
  readonly etag: string
}

/**
 * The policy of the page: scripts, styles and connections of this service only, nothing inline, and no text that
 * becomes HTML (Trusted Types).
 */
export const CONSOLE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const FOLDER = new URL('browser/', import.meta.url)

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** What the page loads: its scripts, its style sheet and its icon. */
export const CONSOLE_FILES: readonly ConsoleFile[] = readdirSync(FOLDER)
  .sort()
  .flatMap((name) => {
    const type = TYPES[extname(name)]
    return type === undefined ? [] : [fileOf(`docs/console/${name}`, type, textOf(name))]
  })

const PAGE = textOf('index.html')

/** The page, with what it offers as JSON. */
export function consolePage(offer: Offer): ConsoleFile {
  // within a script element, only `<` can end the text or start a comment
  const json = JSON.stringify(offer).replaceAll('<', '\\u003c')
  return fileOf(
    '',
    'text/html; charset=utf-8',
    PAGE.replace('"{{offer}}"', () => json),
  )
}

function textOf(name: string): string {
  return readFileSync(new URL(name, FOLDER), 'utf8')
}

function fileOf(path: string, type: string, body: string): ConsoleFile {
  return { path, type, body, etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
