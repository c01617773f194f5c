import { Client } from 'undici'
import { Child, withChildren } from './child.ts'
import { type Figure, median } from './figure.ts'

const SOURCE_MS = 500
const CALLS = 9

/** Calls sources concurrently that take half a second each: an answer should take little longer than one source. */
export async function fanOut(): Promise<readonly Figure[]> {
  return [...(await measure(10, 510)), ...(await measure(60, 560))]
}

async function measure(count: number, atMost: number): Promise<readonly Figure[]> {
  const upstream = Child.start('upstream')
  const tributary = Child.start('tributary')
  return withChildren([upstream, tributary], async () => {
    const { origin: sourceOrigin } = await upstream.ask<{ origin: string }>({})
    const ids = Array.from({ length: count }, (_, index) => `source_${index}`)
    const sources = Object.fromEntries(ids.map((id) => [id, { url: `${sourceOrigin}/after/${SOURCE_MS}` }]))
    const { origin } = await tributary.ask<{ origin: string }>({ config: { server: { port: 0 }, sources } })
    const direct = await times(sourceOrigin, `/after/${SOURCE_MS}`)
    const [first = Number.NaN, ...others] = await times(origin, '/aggregate')
    const name = `${count} sources of ${SOURCE_MS} ms`
    return [
      { name: 'one source, asked directly, median', value: median(direct), unit: 'ms' },
      { name: `${name}, the first call`, value: first, unit: 'ms' },
      { name: `${name}, median of ${others.length}`, value: median(others), unit: 'ms', bar: { atMost } },
      { name: `${name}, worst of ${others.length}`, value: Math.max(...others), unit: 'ms', bar: { atMost } },
    ]
  })
}

async function times(origin: string, path: string): Promise<readonly number[]> {
  const client = new Client(origin, { allowH2: false })
  const measured: number[] = []
  for (let call = 0; call <= CALLS; call += 1) {
    const startedAt = performance.now()
    const { statusCode, body } = await client.request({ method: 'GET', path })
    const answer = (await body.json()) as { readonly partial?: boolean }
    measured.push(performance.now() - startedAt)
    if (statusCode !== 200 || answer.partial === true) throw new Error('a source failed')
  }
  await client.close()
  return measured
}
