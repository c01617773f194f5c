import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import axe from 'axe-core'
import type { Page } from 'playwright-core'
import t, { type Test } from 'tap'
import { build } from '../support/build.ts'
import { startUpstream } from '../support/upstream/upstream.ts'
import { noChromium, open } from './chromium.ts'
import { curlOf, gate, holds, openConsole } from './console.ts'

/** Who can use the console, and who cannot abuse it: barriers, credentials, hostile text, proxies. */

// a browser beside a whole test suite takes its time
t.setTimeout(180_000)

const KEY = 'a-key-of-the-app-0123456789'

t.test('a credential is kept in its field alone', { skip: noChromium }, async (t) => {
  const seen = await openConsole(t, {
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
  await page.getByLabel('Route').selectOption('v')
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

t.test('text of sources and of the address stays text', { skip: noChromium }, async (t) => {
  const bad = '<img src=x onerror="complain(1)"><script>complain(2)</script>'
  const answer = gate()
  answer.open({ body: JSON.stringify({ [bad]: bad, list: [bad], n: 1 }).replace('"n":1', '"n":9007199254740993') })
  const seen = await openConsole(t, {
    script: { '/bad': answer.handler },
    fragment: `#?q=${encodeURIComponent(bad)}&explain=true&sources=a,${encodeURIComponent(bad)}`,
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

t.test('below a path of a proxy, with Swagger UI and the problems', { skip: noChromium }, async (t) => {
  const upstream = await startUpstream(t)
  const service = await build(t, { sources: { a: { url: upstream.url('/ok') } } })
  const proxy = await startProxy(t, '/deep/path', service.address)
  const { page, complaints } = await open(t, proxy, '/deep/path/', 1280, 900)
  await page.getByRole('button', { name: 'Run' }).click()
  await page.getByText('200 complete', { exact: true }).waitFor()
  t.match(await curlOf(page), `${proxy}/deep/path/aggregate?explain=true`)
  for (const [name, path] of [
    ['Swagger UI', '/docs/'],
    ['Problems', '/docs/problems'],
  ] as const) {
    await page.getByRole('link', { name, exact: true }).click()
    await page.waitForURL(`${proxy}/deep/path${path}`)
    await page.goBack()
  }
  t.same(complaints, [])
})

/** A proxy that serves a service below a path. */
async function startProxy(t: Test, prefix: string, address: string): Promise<string> {
  const server = createServer((incoming, outgoing) => {
    const { url = '', method, headers } = incoming
    const path = url.startsWith(`${prefix}/`) ? url.slice(prefix.length) : '/outside-of-the-prefix'
    request(address + path, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers)
      answer.pipe(outgoing)
    }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

for (const colorScheme of ['light', 'dark'] as const) {
  t.test(`axe finds no barrier, ${colorScheme}`, { skip: noChromium }, async (t) => {
    const slow = gate()
    t.teardown(() => slow.open())
    const q = { type: 'string', description: 'What to look for, such as `energy`' }
    const seen = await openConsole(t, {
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
