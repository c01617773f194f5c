import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { DEMO_CONFIG } from '../../src/demo/config.ts'
import { startDemo } from '../../src/demo/demo.ts'
import { type Built, build } from '../support/build.ts'
import { noChromium, open } from './chromium.ts'

/** Swagger UI over the demo, as a newcomer meets it. SCREENSHOTS=folder keeps what was seen. */

// a browser beside a whole test suite takes its time
t.setTimeout(180_000)

const SIZES = { desktop: [1280, 900], phone: [390, 844] } as const

async function demoService(t: Test): Promise<Built> {
  const demo = await startDemo()
  t.teardown(() => demo.close())
  return build(t, readFileSync(DEMO_CONFIG, 'utf8'), demo.environment)
}

for (const [size, [width, height]] of Object.entries(SIZES)) {
  t.test(`Swagger UI, ${size}`, { skip: noChromium }, async (t) => {
    const service = await demoService(t)
    const { page, complaints } = await open(t, service.address, '/docs', width, height)
    const folder = process.env.SCREENSHOTS ?? t.testdir({})
    const shoot = (name: string) => page.screenshot({ path: join(folder, `${size}-${name}.png`) })

    await page.locator('.opblock').first().waitFor()
    await shoot('start')
    t.same(await listed(page), ROUTES, 'the routes, by tag')
    t.equal(await overflow(page), 0, 'nothing is wider than the window')

    await page.getByText('All failure codes').click()
    t.ok(await page.getByRole('cell', { name: 'deadline_exceeded' }).isVisible(), 'the codes fold out')
    await shoot('codes')
    t.equal(await overflow(page), 0, 'nor with the codes')
    await page.getByText('All failure codes').click()

    const all = await tryOut(page, '#operations-aggregate-aggregate')
    await shoot('opened')
    let answer = await execute(all)
    // the demo's first six answers hold a partial one: test/demo/turns.test.ts
    for (let n = 0; n < 6 && !answer.body.includes('"partial": true'); n += 1) answer = await execute(all)
    t.equal(answer.status, '200')
    t.match(answer.body, /"weather": null|"newsapi": null|"guardian": null/, 'a partial answer has a null')
    t.match(answer.body, /"failedSources": \[\s*\{\s*"id": "\w+"/, 'and says which source failed')
    await all.locator('.live-responses-table').scrollIntoViewIfNeeded()
    await shoot('live')
    await all.locator('.live-responses-table').getByText('"failedSources"').scrollIntoViewIfNeeded()
    await shoot('failed')
    await all.getByText('The request is not valid').first().scrollIntoViewIfNeeded()
    await shoot('documented')
    t.equal(await overflow(page), 0, 'nor with an answer')

    const home = await tryOut(page, '#operations-views-view_home')
    t.same((await execute(home)).status, '200')
    await shoot('home')
    t.same(complaints, [])
  })
}

t.test('with a slash at the end, and by its file name', { skip: noChromium }, async (t) => {
  const service = await demoService(t)
  const { page, complaints } = await open(t, service.address, '/docs/', 1280, 900)
  await page.locator('#operations-aggregate-aggregate').waitFor()
  await page.goto(`${service.address}/docs/static/index.html`)
  await page.locator('#operations-aggregate-aggregate').waitFor()
  t.same(complaints, [])
})

const ROUTES = {
  aggregate: ['GET /aggregate', 'POST /aggregate'],
  views: ['GET /aggregate/home', 'GET /aggregate/cities', 'GET /aggregate/news', 'GET /aggregate/newsdesk'],
  operations: ['GET /health/live', 'GET /health/ready', 'GET /sources'],
}

async function listed(page: Page): Promise<Record<string, readonly string[]>> {
  const sections = await page.locator('.opblock-tag-section').all()
  const entries = sections.map(async (section) => {
    const tag = await section.locator('.opblock-tag').getAttribute('data-tag')
    const blocks = await section.locator('.opblock').all()
    const routes = blocks.map(async (block) => {
      const path = await block.locator('.opblock-summary-path').getAttribute('data-path')
      return `${await block.locator('.opblock-summary-method').textContent()} ${path}`
    })
    return [tag, await Promise.all(routes)] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

/** By how many pixels the page can be scrolled sideways. */
function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

async function tryOut(page: Page, id: string): Promise<Locator> {
  const operation = page.locator(id)
  await operation.locator('.opblock-summary-control').click()
  await operation.getByRole('button', { name: 'Try it out' }).click()
  return operation
}

async function execute(operation: Locator): Promise<{ status: string; body: string }> {
  const clear = operation.getByRole('button', { name: 'Clear' })
  if (await clear.isVisible()) await clear.click()
  await operation.getByRole('button', { name: 'Execute' }).click()
  const live = operation.locator('.live-responses-table tbody')
  const status = await live.locator('.response-col_status').first().textContent()
  const body = await live.locator('.highlight-code').first().textContent()
  return { status: String(status).trim(), body: String(body) }
}
