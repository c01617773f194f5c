import type { GetOptions, GetResponse } from './get.ts'

/**
 * A configuration whose answers have everything that is measured: calls that succeed, fail, are retried, hedged,
 * cached, empty, refused by a breaker and spread over origins, data that does not fit its schema, lists, and views.
 */
export function eventfulConfig(url: (path: string) => string): object {
  const once = { retry: false, breaker: false }
  return {
    server: { maxInFlight: 50 },
    sources: {
      fine: { url: url('/ok') },
      none: { url: url('/status?code=204'), ...once },
      broken: { url: url('/status?code=503'), breaker: { minCalls: 4, openFor: '1m' }, retry: { baseDelay: '1ms' } },
      slow: { url: url('/silent'), timeout: '60ms', ...once },
      hedged: { url: url('/late?delayMs=60'), hedge: { after: '10ms' }, retry: { budget: { ratio: 1 } } },
      cached: { url: url('/ok'), cache: { ttl: '1m' } },
      // fresh for no time that can be noticed, then stale
      stale: { url: url('/ok'), cache: { ttl: '1ms', staleWhileRevalidate: '1m' } },
      misfit: { url: url('/ok'), schema: { type: 'array' }, validate: true, ...once },
      list: { url: url('/ok?json=[1,2]') },
      spread: { url: url('/ok'), origins: [url(''), url('').replace('127.0.0.1', 'localhost')] },
      each: { url: url('/ok{?n}'), forEach: { from: 'list', as: 'n' } },
    },
    views: {
      home: { sources: ['fine', 'each'] },
      strict: { sources: { broken: { required: true } } },
    },
  }
}

type Get = (path: string, options?: GetOptions) => Promise<Pick<GetResponse, 'headers'>>

/** Asks for all of it. `get` makes a request of the service. */
export async function causeEvents(get: Get): Promise<void> {
  for (let time = 0; time < 4; time += 1) await get('/aggregate')
  const { etag = '' } = (await get('/aggregate/home')).headers
  await get('/aggregate/home', { headers: { 'if-none-match': String(etag) } })
  await get('/aggregate/strict')
  await get('/aggregate', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ requests: [{ source: 'fine', id: 'one' }] }),
  })
  await get('/aggregate?nope=1')
  await get('/nowhere')
}
