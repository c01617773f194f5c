import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import type { Owner } from '../support/owner.ts'

/** A real Chromium: Debian's package `chromium`, or what CHROMIUM names. */

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

function find(): string | null {
  try {
    return process.env.CHROMIUM || execFileSync('sh', ['-c', 'command -v chromium'], { encoding: 'utf8' }).trim()
  } catch {
    return null
  }
}

const executablePath = find()

/** Why browser tests cannot run here; false where they can. */
export const noChromium = executablePath === null && 'there is no chromium; apt-get install chromium, or set CHROMIUM'

export interface Opened {
  readonly page: Page
  /** Everything that the page should not have done: errors, violations of its policy, requests to anywhere else. */
  readonly complaints: readonly string[]
}

/** Opens a page of a service; the browser, with its profile, goes away with the test. */
export async function open(t: Owner, address: string, path: string, width: number, height: number): Promise<Opened> {
  const profile = await mkdtemp(join(tmpdir(), 'tributary-chromium-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: executablePath ?? '',
    headless: true,
    args: FLAGS,
    viewport: { width, height },
  })
  t.teardown(async () => {
    await context.close()
    await rm(profile, { recursive: true, force: true, maxRetries: 5 })
  })
  const page = await context.newPage()
  page.setDefaultTimeout(60_000)
  const complaints = await watch(page, address)
  await page.goto(address + path)
  return { page, complaints }
}

async function watch(page: Page, address: string): Promise<string[]> {
  const complaints: string[] = []
  page.on('pageerror', ({ message }) => complaints.push(`page error: ${message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`)
  })
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(`${address}/`) && !url.startsWith('data:')) complaints.push(`request to ${url}`)
  })
  await page.exposeFunction('complain', (text: string) => complaints.push(`policy: ${text}`))
  await page.addInitScript(
    "addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => complain(effectiveDirective + ' ' + blockedURI))",
  )
  return complaints
}
