import t from 'tap'
import { noChromium } from './chromium.ts'
import { curlOf, gate, hasRows, holds, type Opening, openConsole } from './console.ts'

/** The form of the console: what is chosen, by mouse, keyboard and link, and what is wrong with it. */

// a browser beside a whole test suite takes its time
t.setTimeout(180_000)

t.test('by keyboard alone', { skip: noChromium }, async (t) => {
  const slow = gate()
  t.teardown(() => slow.open())
  const seen = await openConsole(t, {
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
  await tabTo('route')
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

t.test('switches force how a source ends', { skip: noChromium }, async (t) => {
  const seen = await openConsole(t, {
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
  t.match(await page.locator('[data-id="a"]').textContent(), /failed: http_response_timeout · (.* · )?forced/)
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

t.test('problems in words, each at its field', { skip: noChromium }, async (t) => {
  const never = gate()
  t.teardown(() => never.open())
  const seen = await openConsole(t, {
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

  await page.getByLabel('Route').selectOption('late')
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
  const seen = await openConsole(t, opening)
  const { page } = seen
  await page.getByLabel('Route').selectOption('v')
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
    '#v?sources=one,two&kind=y&ids=1&ids=2&two.kind=x&deadlineMs=1500&explain=true&simulate=one:delay=200ms',
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
  await page.evaluate("location.hash = '#?sources=b'")
  t.ok(await holds(async () => (await curlOf(page)).includes('sources=b')))
  t.equal(await page.getByLabel('Route').inputValue(), '')
  t.same(
    seen.complaints.filter((text) => text !== 'request to about:blank'),
    [],
  )
})

t.test('a view with a path of its own, and one that writes', { skip: noChromium }, async (t) => {
  const q = { type: 'string' }
  const seen = await openConsole(t, {
    config: ({ url }) => ({
      sources: {
        a: { url: `${url('/echo')}{?q}`, params: { q } },
        b: { url: `${url('/echo')}{?q}`, params: { q } },
        order: {
          url: `${url('/echo')}{?q}`,
          method: 'POST',
          params: { q, n: { type: 'integer' } },
          body: { n: '{n}' },
        },
      },
      views: {
        city: { path: '/v1/cities/{q}/a:b', sources: ['a', 'b'] },
        buy: { path: '/v1/orders', method: 'POST', sources: ['order'] },
      },
    }),
  })
  const { page, upstream } = seen
  await page.getByLabel('Route').selectOption('city')
  await page.locator('#parameter-q').fill('São Paulo/1')
  t.equal(await page.locator('#parameter-q').getAttribute('aria-required'), 'true')
  t.equal(await page.locator('[id="parameter-a.q"]').count(), 0, 'the path has one value for all')
  t.match(await curlOf(page), /v1\/cities\/S%C3%A3o%20Paulo%2F1\/a:b\?explain=true'$/)
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  t.match(upstream.requests[0]?.target, '/echo?q=S%C3%A3o%20Paulo%2F1')
  await page.locator('#parameter-q').fill('..')
  await page.getByRole('button', { name: 'Run', exact: false }).click()
  t.match(await page.locator('#error-q').textContent(), /cannot send "\." or "\.\."/)
  t.equal(upstream.requests.length, 2, 'nothing was asked at another path')

  await page.getByLabel('Route').selectOption('buy')
  t.ok(await page.getByRole('checkbox', { name: 'order' }).isDisabled(), 'all its sources are asked')
  t.match(
    await page.locator('#route-hint').textContent(),
    /^The deadline is 2,000 ms\. Each run may change something\.$/,
  )
  await page.locator('#body').fill('{"n":7}')
  t.match(await curlOf(page), /-X POST -H 'Content-Type: application\/json' --data-raw '\{"n":7\}'/)
  await seen.run()
  t.equal(await seen.done(), '200 complete')
  t.match(upstream.requests.at(-1), { method: 'POST', body: Buffer.from('{"n":7}') })
  t.same(seen.complaints, [])
})
