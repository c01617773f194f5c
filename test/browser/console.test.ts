import type { Page } from 'playwright-core'
import t from 'tap'
import { noChromium } from './chromium.ts'
import { gate, hasRows, holds, JSON_TYPE, openConsole, overflow } from './console.ts'

/** The console: a run, from the first bar to the last. */

// a browser beside a whole test suite takes its time
t.setTimeout(180_000)

t.test('a bar for each source in order of arrival, before the last has answered', { skip: noChromium }, async (t) => {
  const [a, b, c] = [gate(), gate(), gate()]
  const seen = await openConsole(t, {
    script: { '/a': a.handler, '/b': b.handler, '/c': c.handler },
    config: ({ url }) => ({
      deadline: { default: '30s', max: '60s' },
      defaults: { timeout: '30s', retry: false },
      sources: { a: { url: url('/a') }, b: { url: url('/b') }, c: { url: url('/c') } },
    }),
  })
  const { page } = seen
  await seen.run()
  await hasRows(t, seen, ['a pending', 'b pending', 'c pending'])
  b.open()
  await hasRows(t, seen, ['b data', 'a pending', 'c pending'])
  t.match(await page.locator('.json pre').textContent(), /"b": \{\s*"ok": true/, 'its data is there already')
  const width = async (id: string) => (await page.locator(`[data-id="${id}"] .bar`).boundingBox())?.width ?? 0
  const [before, settled] = [await timeOf(page, 'a'), await timeOf(page, 'b')]
  t.ok((await width('b')) > 0)
  t.ok(await holds(async () => (await timeOf(page, 'a')) !== before), 'the bar of a source that runs grows')
  t.ok((await width('a')) > (await width('b')))
  t.equal(await timeOf(page, 'b'), settled, 'that of a settled one does not')
  c.open({ status: 500 })
  await hasRows(t, seen, ['b data', 'c failed', 'a pending'])
  await seen.shoot('running')
  a.open()
  t.equal(await seen.done(), '200 partial')
  await hasRows(t, seen, ['b data', 'c failed', 'a data'])
  t.match(await page.locator('[data-id="c"]').textContent(), /failed: upstream_status · status 500/)
  t.equal(await page.locator('[data-id="c"] use').getAttribute('href'), '#sign-failed', 'a sign, not color alone')
  t.match(await page.locator('.failures').textContent(), /c upstream_statusc answered with status 500/)
  t.ok(await page.locator('.deadline').isVisible())
  const told = await page.locator('[role=log] p').allTextContents()
  t.match(told, [/^Running/, /^b: data after/, /^c: failed: upstream_status/, /^a: data/, /^200 partial\. 1 of 3/])
  t.same(seen.complaints, [])
})

async function timeOf(page: Page, id: string): Promise<string> {
  return String(await page.locator(`[data-id="${id}"] .time`).textContent())
}

t.test('waiting, retries, stale data and fallbacks', { skip: noChromium }, async (t) => {
  let asked = 0
  const seen = await openConsole(t, {
    script: {
      '/flaky': async (x) => {
        asked += 1
        await x.reply(asked === 1 ? { status: 503 } : { headers: JSON_TYPE, body: '1' })
      },
    },
    config: ({ url }) => ({
      sources: {
        first: { url: url('/ok?delayMs=60') },
        second: { url: `${url('/ok')}{?v}`, bind: { v: { from: 'first', select: 'to_string(ok)' } } },
        flaky: { url: url('/flaky') },
        spare: { url: url('/status?code=500'), fallback: [] },
        nobody: { url: url('/status?code=404'), emptyStatuses: [404] },
      },
    }),
  })
  const { page } = seen
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  const text = (id: string) => page.locator(`[data-id="${id}"]`).textContent()
  t.match(await text('second'), /waited \d+ ms/)
  const [wait, bar] = [await box(page, 'second', '.wait'), await box(page, 'second', '.bar')]
  t.ok(wait.width > 0 && Math.abs(wait.x + wait.width - bar.x) < 1.5, 'the bar begins where the waiting ends')
  t.match(await text('flaky'), /2 attempts/)
  t.match(await text('spare'), /fallback data after upstream_status/)
  t.match(await page.locator('[data-id="nobody"]').getAttribute('data-state'), 'empty')
  t.match(await page.locator('.failures').textContent(), /Its data is from the fallback/)
  await seen.shoot('states')
  t.same(seen.complaints, [])
})

async function box(page: Page, id: string, part: string): Promise<{ x: number; width: number }> {
  return (await page.locator(`[data-id="${id}"] ${part}`).boundingBox()) ?? { x: Number.NaN, width: Number.NaN }
}

t.test('a run can be cancelled, and its calls are', { skip: noChromium }, async (t) => {
  const never = gate()
  t.teardown(() => never.open())
  const seen = await openConsole(t, {
    script: { '/never': never.handler },
    config: ({ url }) => ({
      deadline: { default: '30s', max: '60s' },
      defaults: { timeout: '30s' },
      sources: { a: { url: url('/ok') }, b: { url: url('/never') } },
    }),
  })
  const { page } = seen
  await seen.run()
  await hasRows(t, seen, ['a data', 'b pending'])
  t.equal(seen.upstream.count('/never'), 1)
  await page.getByRole('button', { name: 'Cancel' }).click()
  t.equal(await seen.done(), 'Cancelled')
  await hasRows(t, seen, ['a data', 'b unknown'])
  const cancelled = () => seen.service.log.named('upstream').some(({ outcome }) => outcome === 'cancelled')
  t.ok(await holds(async () => cancelled()), 'the call was, too')
  await seen.run()
  await hasRows(t, seen, ['a data', 'b pending'])
  await page.keyboard.press('Escape')
  t.equal(await seen.done(), 'Cancelled', 'Escape does it, too')
  t.ok(await page.getByRole('button', { name: 'Cancel' }).isHidden())
  t.same(seen.complaints, [])
})

t.test('a phone: nothing is wider than it, and the answer comes into sight', { skip: noChromium }, async (t) => {
  const long = 'a_source_with_quite_a_long_name_that_has_no_place_to_break_in_it'.slice(0, 63)
  const seen = await openConsole(t, {
    size: [390, 844],
    config: ({ url }) => ({
      server: { simulate: true, auth: { apiKeys: ['k'.repeat(20)] } },
      sources: {
        [long]: { url: url('/status?code=500'), description: 'x'.repeat(200), retry: false },
        b: { url: `${url('/ok?bytes=3000')}{&q}`, params: { q: { type: 'string', description: 'y'.repeat(100) } } },
        ...Object.fromEntries(['c', 'd', 'e', 'f'].map((id) => [id, { url: url('/ok') }])),
      },
    }),
  })
  const { page } = seen
  t.equal(await overflow(page), 0)
  await seen.shoot('phone')
  await page.getByLabel('API key').fill('k'.repeat(20))
  await seen.run()
  t.equal(await seen.done(), '200 partial')
  t.equal(await overflow(page), 0, 'nor with an answer')
  const { y = -1 } = (await page.locator('.summary').boundingBox()) ?? {}
  t.ok(y >= 0 && y < 600, `the summary is at ${y}`)
  await seen.shoot('phone-answer')
  t.same(seen.complaints, [])
})
