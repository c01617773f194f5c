import { createHash } from 'node:crypto'
import { PROBLEMS, type ProblemName, problemType, statusText } from '../http/problem.ts'
import type { Failing } from './codes.ts'
import { EXPLANATIONS } from './explanations.ts'
import { sourcesExample } from './failures.ts'
import { type BySources, type OwnProblem, ownExample } from './problems.ts'

/** The page of all problems: plain HTML, without scripts. */

export interface Page {
  readonly html: string
  /** Its Content-Security-Policy: nothing but its own style sheet, by its hash. */
  readonly policy: string
}

const NAMES = Object.keys(PROBLEMS) as ProblemName[]

/** The page, with `entries` as the sources of its examples and `css` as its style sheet. */
export function problemsPage(entries: readonly Failing[], css: string): Page {
  const hash = createHash('sha256').update(css).digest('base64')
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Problems · Tributary</title>
<style>${css}</style>
</head>
<body>
<main>
<h1>Problems</h1>
<p>An answer that is not data is a problem document (<a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>) with the
content type <code>application/problem+json</code>. Programs read <code>type</code>, which never changes for a kind of
problem, and <code>code</code> in <code>failedSources</code>. <code>detail</code> and <code>message</code> are sentences
for people. The log has each answer under its <code>requestId</code>.</p>
<p><a href="./">Back to the routes of this service</a>, where all failure codes of sources are explained too.</p>
<nav aria-label="Problems">
<ul>
${NAMES.map(linkTo).join('\n')}
</ul>
</nav>
${NAMES.map((name) => section(name, entries)).join('\n')}
</main>
</body>
</html>
`
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return { html, policy }
}

function linkTo(name: ProblemName): string {
  return `<li><a href="#${name}"><b>${statusText(name)}</b> ${escaped(PROBLEMS[name].title)}</a></li>`
}

function section(name: ProblemName, entries: readonly Failing[]): string {
  const { title } = PROBLEMS[name]
  const { meaning, remedy } = EXPLANATIONS[name]
  return `<section id="${name}" aria-labelledby="${name}-title">
<h2 id="${name}-title"><b>${statusText(name)}</b> ${escaped(title)}</h2>
<p><code>${problemType(name)}</code></p>
<p>${inline(meaning)}</p>
<p>${inline(remedy)}</p>
<pre tabindex="0">${escaped(JSON.stringify(exampleOf(name, entries), null, 2))}</pre>
</section>`
}

function exampleOf(name: ProblemName, entries: readonly Failing[]): unknown {
  return isBySources(name) ? sourcesExample(name, entries, '/aggregate') : ownExample(name as OwnProblem)
}

function isBySources(name: ProblemName): name is BySources {
  return name.startsWith('sources-')
}

/** Converts a sentence to HTML, with code in backticks. */
function inline(text: string): string {
  return escaped(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
}
