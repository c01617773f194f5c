import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { type Built, build } from '../support/build.ts'
import type { Handler } from '../support/upstream/exchange.ts'
import { startUpstream, type Upstream } from '../support/upstream/upstream.ts'
import { noChromium, open } from './chromium.ts'

/** The console in a real browser. SCREENSHOTS=folder keeps what was seen. */

// a browser beside a whole test suite takes its time
t.setTimeout(180_000)

const KEY = 'a-key-of-the-app-0123456789'
const JSON_TYPE = { 'content-type': 'application/json' }

interface Gate {
  readonly handler: Handler
  /** Lets every request to it be answered. */
  open(reply?: { readonly status?: number; readonly body?: string }): void
}

/** An upstream's path that answers when the test says so. */
function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<{ readonly status?: number; readonly body?: string }>()
  const handler: Handler = async (x) => {
    const { status = 200, body = '{"ok":true}' } = await promise
    await x.reply({ status, headers: JSON_TYPE, body })
  }
  return { handler, open: (reply = {}) => resolve(reply) }
}

interface Seen {
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

interface Opening {
  readonly config: (upstream: Upstream) => object
  readonly script?: Record<string, Handler>
  readonly fragment?: string
  readonly size?: readonly [number, number]
}

async function console_(t: Test, { config, script = {}, fragment = '', size = [1280, 900] }: Opening): Promise<Seen> {
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
async function hasRows(t: Test, seen: Seen, rows: readonly string[]): Promise<void> {
  await holds(async () => String(await seen.rows()) === String(rows))
  t.same(await seen.rows(), rows)
}

/** Whether something holds within ten seconds. */
async function holds(check: () => Promise<boolean>): Promise<boolean> {
  const until = performance.now() + 10_000
  while (!(await check())) {
    if (performance.now() > until) return false
    await pause(20)
  }
  return true
}

t.test('a bar for each source in order of arrival, before the last has answered', { skip: noChromium }, async (t) => {
  const [a, b, c] = [gate(), gate(), gate()]
  const seen = await console_(t, {
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
  const seen = await console_(t, {
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

t.test('by keyboard alone', { skip: noChromium }, async (t) => {
  const slow = gate()
  t.teardown(() => slow.open())
  const seen = await console_(t, {
    script: { '/slow': slow.handler },
    config: ({ url }) => ({
      deadline: { default: '30s', max: '60s' },
      defaults: { timeout: '30s' },
      sources: {
        a: { url: `${url('/ok')}{?q}`, params: { q: { type: 'string' } } },
        b: { url: url('/ok') },
        slow: { url: url('/slow'), hidden: true },
      },
      views: { home: { sources: ['a', 'b', 'slow'] } },
    }),
  })
  const { page } = seen
  const focused = () =>
    page.evaluate<string>(`{
    const { id, value, textContent, type } = document.activeElement
    id || (type === 'checkbox' ? value : textContent.trim())
  }`)
  const tabTo = async (name: string) => {
    for (let n = 0; n < 40; n += 1) {
      await page.keyboard.press('Tab')
      const outline = await page.evaluate<string>('getComputedStyle(document.activeElement).outlineStyle')
      if (outline === 'none') t.fail(`no focus to be seen on ${await focused()}`)
      if ((await focused()) === name) return
    }
    t.fail(`${name} is out of reach`)
  }
  await tabTo('Swagger UI')
  await tabTo('endpoint')
  await page.keyboard.press('ArrowDown')
  await tabTo('slow')
  await page.keyboard.press('Space')
  await tabTo('parameter-q')
  await page.keyboard.type('Tokyo')
  await page.keyboard.press('Enter')
  t.equal(await seen.done(), '200 complete')
  t.same((await seen.rows()).toSorted(), ['a data', 'b data'])
  t.match(seen.upstream.requests.find(({ target }) => target.includes('q='))?.target, /q=Tokyo/)
  t.same(seen.complaints, [])
})

t.test('a run can be cancelled, and its calls are', { skip: noChromium }, async (t) => {
  const never = gate()
  t.teardown(() => never.open())
  const seen = await console_(t, {
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

t.test('switches force how a source ends', { skip: noChromium }, async (t) => {
  const seen = await console_(t, {
    config: ({ url }) => ({
      server: { simulate: true },
      sources: { a: { url: url('/ok') }, b: { url: url('/ok') }, c: { url: url('/ok') } },
    }),
  })
  const { page } = seen
  await page.getByLabel('How a ends').selectOption('http_response_timeout')
  await page.getByLabel('How b ends').selectOption('empty')
  t.match(await curlOf(page), /simulate=a:http_response_timeout&simulate=b:empty/)
  await seen.run()
  t.equal(await seen.done(), '200 partial')
  t.same((await seen.rows()).toSorted(), ['a failed', 'b empty', 'c data'])
  t.match(await page.locator('[data-id="a"]').textContent(), /failed: http_response_timeout · forced/)
  t.equal(seen.upstream.requests.length, 1, 'they were not asked')
  await page.getByLabel('strict').check()
  await page.getByLabel('How a ends').selectOption('upstream_status=503')
  await seen.run()
  t.equal(await seen.done(), '502 instead of data', 'what the plain answer would be')
  await page.getByLabel('How a ends').selectOption('')
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  await page.getByRole('checkbox', { name: 'b', exact: true }).uncheck()
  t.notMatch(await curlOf(page), /simulate/, 'a source that is not asked is not forced')
  t.same(seen.complaints, [])
})

async function curlOf(page: Page): Promise<string> {
  return String(await page.locator('.request code').textContent())
}

t.test('a credential is kept in its field alone', { skip: noChromium }, async (t) => {
  const seen = await console_(t, {
    config: ({ url }) => ({
      server: { auth: { apiKeys: [KEY] } },
      sources: { a: { url: url('/ok') } },
      views: { v: { sources: ['a'] } },
    }),
  })
  const { page } = seen
  await seen.run()
  t.match(await seen.done(), /^401 /)
  t.match(await page.locator('.summary').textContent(), /X-API-Key/)
  await page.getByLabel('API key').fill(KEY)
  t.match(await curlOf(page), /-H "x-api-key: \$API_KEY"/)
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  await page.getByLabel('Route').selectOption('aggregate/v')
  await seen.run()
  t.equal(await seen.done(), '200 complete', 'it stays when another route is chosen')
  t.equal(await page.getByLabel('API key').getAttribute('type'), 'password')
  t.notOk((await page.content()).includes(KEY))
  t.notOk(page.url().includes(KEY))
  t.same(await page.evaluate('[localStorage.length, sessionStorage.length, document.cookie]'), [0, 0, ''])
  // the browser reports a 401 by itself
  t.same(
    seen.complaints.filter((text) => !text.includes('status of 401')),
    [],
  )
})

t.test('problems in words, each at its field', { skip: noChromium }, async (t) => {
  const never = gate()
  t.teardown(() => never.open())
  const seen = await console_(t, {
    script: { '/never': never.handler },
    config: ({ url }) => ({
      sources: {
        a: {
          url: `${url('/ok')}{?n,kind}`,
          params: { n: { type: 'integer' }, kind: { type: 'string', required: true } },
        },
        never: { url: url('/never') },
      },
      views: { late: { sources: ['never'], deadline: '200ms', shape: 'never' } },
    }),
  })
  const { page } = seen
  const n = page.locator('#parameter-n')
  await n.fill('many')
  await page.locator('#deadlineMs').fill('soon')
  await seen.run()
  t.match(await seen.done(), /^400 /)
  t.equal(await n.getAttribute('aria-invalid'), 'true')
  t.match(await page.locator('#error-n').textContent(), /must be an integer/)
  t.match(await page.locator('#error-kind').textContent(), /"kind" of a is missing/)
  t.match(await page.locator('#error-deadlineMs').textContent(), /whole number/)
  t.match(await page.locator('.summary ul').textContent(), /n "n" must be an integer/)
  t.ok(await page.locator('.waterfall').isHidden(), 'no source was asked')
  await seen.shoot('problem')
  await n.fill('7')
  await page.locator('#deadlineMs').fill('')
  await page.locator('#parameter-kind').fill('x')
  await page.getByRole('checkbox', { name: 'never' }).uncheck()
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  t.equal(await n.getAttribute('aria-invalid'), null, 'the marks are gone')

  await page.getByLabel('Route').selectOption('aggregate/late')
  await seen.run()
  t.match(await seen.done(), /^504 /, 'a view with a shape answers as a whole')
  await hasRows(t, seen, ['never failed'])
  t.match(await page.locator('.failures').textContent(), /never deadline_exceeded/)
  await page.getByRole('button', { name: 'None' }).waitFor({ state: 'detached' })
  await page.getByRole('checkbox', { name: 'never' }).uncheck()
  await seen.run()
  t.equal(await page.evaluate('document.activeElement.value'), 'never', 'with nothing to ask, the field is shown')
  t.same(
    seen.complaints.filter((text) => !/status of (400|504)/.test(text)),
    [],
  )
})

t.test('text of sources and of the address stays text', { skip: noChromium }, async (t) => {
  const bad = '<img src=x onerror="complain(1)"><script>complain(2)</script>'
  const answer = gate()
  answer.open({ body: JSON.stringify({ [bad]: bad, list: [bad], n: 1 }).replace('"n":1', '"n":9007199254740993') })
  const seen = await console_(t, {
    script: { '/bad': answer.handler },
    fragment: `#/aggregate?q=${encodeURIComponent(bad)}&explain=true&sources=a,${encodeURIComponent(bad)}`,
    config: ({ url }) => ({
      sources: {
        a: {
          url: `${url('/bad')}{?q}`,
          description: bad,
          params: { q: { type: 'string', maxLength: 100, description: bad } },
        },
      },
    }),
  })
  const { page } = seen
  t.equal(await page.locator('#parameter-q').inputValue(), bad)
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  const json = String(await page.locator('.json pre').textContent())
  t.ok(json.includes(JSON.stringify(bad)), 'it is shown as it is')
  t.ok(json.includes('9007199254740993'), 'digits too')
  await page.locator('#parameter-q').fill(bad.repeat(3))
  await seen.run()
  t.match(await seen.done(), /^400/)
  t.equal(await page.locator('main img, main script:not([type]), main [onerror]').count(), 0)
  await page.evaluate('new Promise((resolve) => setTimeout(resolve, 100))')
  t.same(
    seen.complaints.filter((text) => !/status of 400/.test(text)),
    [],
  )
})

t.test('a link brings a choice back, and asks nothing by itself', { skip: noChromium }, async (t) => {
  const kind = { type: 'string', enum: ['x', 'y'] }
  const ids = { type: 'array', items: { type: 'integer' } }
  const opening: Opening = {
    config: ({ url }) => ({
      server: { simulate: true },
      sources: { a: { url: `${url('/echo')}{?kind,ids*}`, params: { kind, ids } }, b: { url: url('/ok') } },
      views: { v: { sources: { one: { source: 'a' }, two: { source: 'a' }, b: {} } } },
    }),
  }
  const seen = await console_(t, opening)
  const { page } = seen
  await page.getByLabel('Route').selectOption('aggregate/v')
  await page.getByRole('checkbox', { name: 'b', exact: true }).uncheck()
  await page.locator('#parameter-kind').selectOption('y')
  await page.locator('#parameter-ids').fill('1\n2')
  await page.getByText('For one source only').click()
  await page.locator('[id="parameter-two.kind"]').selectOption('x')
  await page.getByLabel('How one ends').selectOption('delay=200ms')
  await page.locator('#deadlineMs').fill('1500')
  // not page.url(), which hears of it later
  const url = new URL(await page.evaluate<string>('location.href'))
  t.equal(
    url.hash,
    '#/aggregate/v?sources=one,two&kind=y&ids=1&ids=2&two.kind=x&deadlineMs=1500&explain=true&simulate=one:delay=200ms',
  )
  const before = await curlOf(page)
  await page.goto('about:blank')
  await page.goto(url.href)
  t.equal(await curlOf(page), before)
  t.equal(seen.upstream.requests.length, 0, 'nothing was asked yet')
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  t.same(seen.upstream.requests.map(({ target }) => target).toSorted(), [
    '/echo?kind=x&ids=1&ids=2',
    '/echo?kind=y&ids=1&ids=2',
  ])
  await page.evaluate("location.hash = '#/aggregate?sources=b'")
  t.ok(await holds(async () => (await curlOf(page)).includes('sources=b')))
  t.equal(await page.getByLabel('Route').inputValue(), 'aggregate')
  t.same(
    seen.complaints.filter((text) => text !== 'request to about:blank'),
    [],
  )
})

t.test('a phone: nothing is wider than it, and the answer comes into sight', { skip: noChromium }, async (t) => {
  const long = 'a_source_with_quite_a_long_name_that_has_no_place_to_break_in_it'.slice(0, 63)
  const seen = await console_(t, {
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

function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

t.test('it leads to Swagger UI and the problems, also below a path of a proxy', { skip: noChromium }, async (t) => {
  const seen = await console_(t, { config: ({ url }) => ({ sources: { a: { url: url('/ok') } } }) })
  const { page } = seen
  for (const [name, path] of [
    ['Swagger UI', '/docs/'],
    ['Problems', '/docs/problems'],
  ] as const) {
    await page.getByRole('link', { name, exact: true }).click()
    await page.waitForURL(`**${path}`)
    await page.goBack()
  }
  t.same(seen.complaints, [])
})

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`axe finds no barrier, ${colorScheme}`, { skip: noChromium }, async (t) => {
    const slow = gate()
    t.teardown(() => slow.open())
    const q = { type: 'string', description: 'What to look for, such as `energy`' }
    const seen = await console_(t, {
      script: { '/slow': slow.handler },
      config: ({ url }) => ({
        server: { simulate: true, auth: { apiKeys: [KEY] } },
        deadline: { default: '30s', max: '60s' },
        defaults: { timeout: '30s', retry: false },
        sources: {
          a: { url: `${url('/ok')}{?q}`, params: { q }, description: 'Some words about it', required: true },
          b: { url: `${url('/ok')}{?q}`, params: { q } },
          bad: { url: url('/status?code=500') },
          spare: { url: url('/status?code=500'), fallback: 1 },
          slow: { url: url('/slow') },
        },
      }),
    })
    const { page } = seen
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    t.same(await barriers(page), [], 'at first')
    await seen.shoot(`start-${colorScheme}`)
    await seen.run()
    t.match(await seen.done(), /^401/)
    t.same(await barriers(page), [], 'with a problem')
    await page.getByLabel('API key').fill(KEY)
    await page.getByLabel('How b ends').selectOption('empty')
    await seen.run()
    t.ok(await holds(async () => (await seen.rows()).filter((row) => row.endsWith('pending')).length === 1))
    await seen.shoot(`running-${colorScheme}`)
    t.same(await barriers(page), [], 'while it runs')
    slow.open()
    t.equal(await seen.done(), '200 partial')
    await page.getByText('For one source only').click()
    t.same(await barriers(page), [], 'with an answer')
  })
}

/** What axe (github.com/dequelabs/axe-core) finds: WCAG 2.2 and good practice. */
async function barriers(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source)
  const found = await page.evaluate<{
    violations: readonly { id: string; nodes: readonly { html: string; failureSummary: string }[] }[]
  }>('axe.run()')
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
  )
}
