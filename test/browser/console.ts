import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import type { Test } from 'tap'
import { type Built, build } from '../support/build.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'
import { open } from './chromium.ts'

/** The console in a real browser. SCREENSHOTS=folder keeps what was seen. */

export const JSON_TYPE = { 'content-type': 'application/json' }

export interface Gate {
  readonly handler: Handler
  /** Lets every request to it be answered. */
  open(reply?: { readonly status?: number; readonly body?: string }): void
}

/** An upstream's path that answers when the test says so. */
export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<{ readonly status?: number; readonly body?: string }>()
  const handler: Handler = async (x) => {
    const { status = 200, body = '{"ok":true}' } = await promise
    await x.reply({ status, headers: JSON_TYPE, body })
  }
  return { handler, open: (reply = {}) => resolve(reply) }
}

export interface Seen {
  readonly service: Built
  readonly upstream: Upstream
  readonly page: Page
  readonly complaints: readonly string[]
  /** Starts a run, by mouse. */
  run(): Promise<void>
  /** Waits for the end of a run; its title. */
  done(): Promise<string>
  /** The rows of the waterfall, such as `news failed`. */
  rows(): Promise<readonly string[]>
  shoot(name: string): Promise<void>
}

export interface Opening {
  readonly config: (upstream: Upstream) => object
  readonly script?: Record<string, Handler>
  readonly fragment?: string
  readonly size?: readonly [number, number]
}

export async function openConsole(
  t: Test,
  { config, script = {}, fragment = '', size = [1280, 900] }: Opening,
): Promise<Seen> {
  const upstream = await startUpstream(t, { script })
  const service = await build(t, config(upstream))
  const { page, complaints } = await open(t, service.address, `/${fragment}`, ...size)
  const button = page.getByRole('button', { name: /^Run/ })
  await button.waitFor()
  const folder = process.env.SCREENSHOTS
  return {
    service,
    upstream,
    page,
    complaints,
    run: () => button.click(),
    done: async () => {
      await page.locator('.summary:not(.running)').waitFor()
      return String(await page.locator('.summary .title').textContent()).trim()
    },
    rows: () =>
      page
        .locator('.waterfall .row')
        .evaluateAll((items) => items.map((item) => `${item.dataset.id} ${item.dataset.state}`)),
    shoot: async (name) => {
      if (folder) await page.screenshot({ path: join(folder, `console-${name}.png`) })
    },
  }
}

/** Waits until the waterfall has these rows. */
export async function hasRows(t: Test, seen: Seen, rows: readonly string[]): Promise<void> {
  await holds(async () => String(await seen.rows()) === String(rows))
  t.same(await seen.rows(), rows)
}

/** Whether something holds within ten seconds. */
export async function holds(check: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + 10_000
  while (!(await check())) {
    if (performance.now() > until) return false
    await pause(20)
  }
  return true
}

export async function curlOf(page: Page): Promise<string> {
  return String(await page.locator('.request code').textContent())
}

export function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}
