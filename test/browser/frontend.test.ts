import { join } from 'node:path'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { parse } from 'yaml'
import { readRoot } from '../docs/markdown.ts'
import { type Built, build } from '../support/build.ts'
import { eventually } from '../support/eventually.ts'
import { noChromium, open } from './chromium.ts'
import { buildPage, HeldUpstreams, noExample, type Site, serveSite } from './frontend.ts'

/** The example in a real browser, in front of a service whose sources answer when the test says so. */

// a browser beside a whole test suite takes its time
t.setTimeout(240_000)

const skip = noExample || (process.env.EXAMPLE === undefined && noChromium)
const folder = t.testdir({})
const ready = skip ? null : buildPage(folder)

/** The demo with the same sources and views, and so much time that only the test decides when a source settles. */
function patientDemo(): object {
  const { deadline: _deadline, sources, views, ...rest } = parse(readRoot('config/demo.yaml'))
  for (const source of Object.values<Record<string, unknown>>(sources)) {
    for (const key of ['timeout', 'attemptTimeout', 'hedge', 'cache']) delete source[key]
  }
  for (const view of Object.values<Record<string, unknown>>(views)) delete view.deadline
  return {
    ...rest,
    server: {},
    deadline: { default: '1m', max: '1m' },
    defaults: { timeout: '50s', retry: false },
    sources,
    views,
  }
}

interface Started {
  readonly upstreams: HeldUpstreams
  readonly service: Built
  readonly site: Site
}

async function start(t: Test, held: Parameters<typeof HeldUpstreams.start>[1]): Promise<Started> {
  await ready
  const upstreams = await HeldUpstreams.start(t, held)
  const service = await build(t, patientDemo(), upstreams.environment)
  return { upstreams, service, site: await serveSite(t, folder, service.address) }
}

const card = (page: Page, id: string, state: string) => page.locator(`[data-source="${id}"][data-state="${state}"]`)
const status = (page: Page) => page.getByRole('status').textContent()
const said = (page: Page, text: RegExp) => page.getByRole('status').filter({ hasText: text }).waitFor()
const streams = ({ asked }: Site) => asked.filter((url) => url.includes('sources='))

/** SCREENSHOTS=folder keeps what was seen. */
async function shoot(page: Page, name: string): Promise<void> {
  if (process.env.SCREENSHOTS === undefined) return
  await page.waitForTimeout(400) // the cards fade in
  await page.screenshot({ path: join(process.env.SCREENSHOTS, `frontend-${name}.png`), fullPage: true })
}

t.test('each source is shown as it settles, and one that failed says why', { skip }, async (t) => {
  const { upstreams, site } = await start(t, ['newsapi', 'guardian', 'hackernews'])
  const { page, complaints } = await open(t, site.origin, '/', 1280, 900)

  await card(page, 'weather', 'ready').getByText('9°').waitFor()
  for (const id of ['newsapi', 'guardian', 'stories']) t.ok(await card(page, id, 'waiting').isVisible(), `${id} waits`)
  t.equal(await page.getByRole('article', { name: 'Headlines' }).getAttribute('aria-busy'), 'true')
  t.equal(await status(page), '1 of 4 sources have answered …')
  await shoot(page, 'first')

  upstreams.release('hackernews')
  await card(page, 'stories', 'ready').getByRole('link').first().waitFor()
  t.equal(await card(page, 'stories', 'ready').getByRole('listitem').count(), 5)
  t.equal(await status(page), '2 of 4 sources have answered …')

  upstreams.release('guardian', 500)
  const failed = card(page, 'guardian', 'failed')
  await failed.waitFor()
  t.match(await failed.textContent(), /Not available\. It reported an error\..*upstream_status/)
  t.ok(await card(page, 'newsapi', 'waiting').isVisible(), 'the last one still waits')
  await shoot(page, 'failed')

  upstreams.release('newsapi')
  await card(page, 'newsapi', 'ready').getByRole('link').first().waitFor()
  await said(page, /^Everything is here in \d+ ms, except for The Guardian\.$/)
  t.equal(await page.getByRole('article', { name: 'Headlines' }).getAttribute('aria-busy'), 'false')
  t.same(await page.locator('#cities .city').allTextContents(), ['London', 'Paris', 'Tokyo', 'São Paulo'])

  // Chromium connects again after 3 s
  await page.waitForTimeout(4000)
  t.equal(streams(site).length, 1, 'it stops after the last record')
  t.same(complaints, [])
})

t.test('another city, from the keyboard', { skip }, async (t) => {
  const { site } = await start(t, [])
  const { page, complaints } = await open(t, site.origin, '/?city=Tokyo', 1280, 900)
  await card(page, 'weather', 'ready').getByText('Tokyo').waitFor()
  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'city')
  await page.keyboard.press('ControlOrMeta+A')
  await page.keyboard.type('Atlantis')
  await page.keyboard.press('Enter')
  await card(page, 'weather', 'ready').getByText('There is no city of that name.').waitFor()
  await said(page, /^All 4 sources have answered, in \d+ ms\.$/)
  t.match(page.url(), /\?city=Atlantis$/)
  t.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Good morning, Atlantis')
  await page.keyboard.press('Tab')
  t.equal(await focused(page), 'Update')
  await page.keyboard.press('Space')
  await eventually(() => streams(site).length === 3, 10_000)
  await card(page, 'newsapi', 'ready').waitFor()
  await page.keyboard.press('Tab')
  t.equal(await focused(page), await page.getByRole('link').first().textContent(), 'then the links')
  t.same(complaints, [])
})

/** The id of what has the focus, else its text. */
function focused(page: Page): Promise<string> {
  return page.evaluate('document.activeElement.id || document.activeElement.textContent')
}

for (const scheme of ['light', 'dark'] as const) {
  t.test(`on a phone, ${scheme}`, { skip }, async (t) => {
    const { upstreams, site } = await start(t, ['guardian'])
    upstreams.release('guardian', 503)
    const { page, complaints } = await open(t, site.origin, '/', 390, 844)
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
    await said(page, /except for The Guardian/)
    await page.locator('#cities li').first().waitFor()
    t.equal(await overflow(page), 0, 'nothing is wider than the window')
    await page.setViewportSize({ width: 320, height: 600 })
    t.equal(await overflow(page), 0, 'nor at 320 px, which is 1280 px at 400 %')
    await page.setViewportSize({ width: 390, height: 844 })
    for (const control of await page.locator('input, button').all())
      t.ok(((await control.boundingBox())?.height ?? 0) >= 44, 'large enough for a finger')
    const contrasts = await page.evaluate(contrastsOfText)
    t.ok(contrasts.length > 30)
    t.same(
      contrasts.filter(({ ratio }) => ratio < 4.5),
      [],
      'all text has the contrast that WCAG asks for',
    )
    await shoot(page, `phone-${scheme}`)
    await page.setViewportSize({ width: 1280, height: 900 })
    await shoot(page, `desktop-${scheme}`)
    t.same(complaints, [])
  })
}

/** By how many pixels the page can be scrolled sideways, or the widest part of it is wider than its column. */
function overflow(page: Page): Promise<number> {
  const root = 'document.documentElement.scrollWidth - document.documentElement.clientWidth'
  const parts =
    "...[...document.querySelectorAll('form, main, .card')].map((part) => part.scrollWidth - part.clientWidth)"
  return page.evaluate(`Math.max(${root}, ${parts})`)
}

interface Styled {
  readonly textContent: string
  readonly parentElement: Styled | null
  readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string }>
}

/** In the page: the contrast of each piece of text with what is behind it (WCAG 2.2, 1.4.3). */
function contrastsOfText(): { text: string; ratio: number }[] {
  // biome-ignore lint/suspicious/noExplicitAny: a browser's globals, which the types of Node.js lack
  const { document, getComputedStyle } = globalThis as any
  const partsOf = (color: string) => (color.match(/[\d.]+/g) ?? []).map(Number)
  const behind = (one: Styled | null): string => {
    if (one === null) return 'rgb(255, 255, 255)'
    const color = getComputedStyle(one).backgroundColor
    return partsOf(color)[3] === 0 ? behind(one.parentElement) : color
  }
  const luminance = (color: string) => {
    const [red = 0, green = 0, blue = 0] = partsOf(color).map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const all: Styled[] = [...document.querySelectorAll('body *')]
  const hasText = ({ childNodes }: Styled) =>
    [...childNodes].some((node) => node.nodeType === 3 && node.textContent.trim())
  return all.filter(hasText).map((one) => {
    const [dark = 0, light = 0] = [luminance(getComputedStyle(one).color), luminance(behind(one))].sort((a, b) => a - b)
    return { text: one.textContent.slice(0, 40), ratio: (light + 0.05) / (dark + 0.05) }
  })
}

t.test('a service that is gone', { skip }, async (t) => {
  const { service, site } = await start(t, [])
  const { page } = await open(t, site.origin, '/', 1280, 900)
  await said(page, /^All 4/)
  await service.stop()
  await page.getByRole('button', { name: 'Update' }).click()
  await said(page, /^The connection to the service was lost/)
  t.equal(await page.locator('[data-state="failed"]').count(), 4)
  await page.waitForTimeout(4000)
  t.equal(streams(site).length, 2, 'it does not try again by itself')
})
