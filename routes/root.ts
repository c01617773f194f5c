import type { FastifyInstance } from 'fastify'
import { isNamed } from '../src/aggregate/etag.ts'
import { entryOf, menuOf, viewEntries } from '../src/aggregate/menu.ts'
import { CONSOLE_FILES, CONSOLE_POLICY, type ConsoleFile, consolePage } from '../src/console/files.ts'
import { type Described, offerOf } from '../src/console/offer.ts'
import type { Runtime } from '../src/runtime.ts'

/** The console at `/`, and its files in `/docs/console/`, if the documentation is enabled. */
export default async function root(app: FastifyInstance): Promise<void> {
  const { runtime } = app
  if (!runtime.config.server.docs) return
  const page = consolePage(offerOf(endpointsOf(runtime), runtime.config.server))
  for (const file of [page, ...CONSOLE_FILES]) serve(app, file)
}

function endpointsOf({ config, sources }: Runtime): readonly Described[] {
  const visible = [...sources.values()].filter((source) => source.isVisible).map(entryOf)
  const all = {
    view: null,
    method: 'GET',
    path: 'aggregate',
    description: null,
    streams: true,
    menu: menuOf(visible, sources),
  }
  const views = [...config.views.values()].map((view) => ({
    view: view.id,
    method: view.method,
    path: view.path?.text.slice(1) ?? `aggregate/${view.id}`,
    description: view.description,
    deadlineMs: view.deadlineMs,
    streams: view.method === 'GET' && view.shape === null,
    menu: menuOf(viewEntries(view.entries, sources), sources),
  }))
  return [{ ...all, deadlineMs: config.deadline.defaultMs }, ...views]
}

/** Browsers keep a file, but ask each time whether it is still the same. */
function serve(app: FastifyInstance, { path, type, body, etag }: ConsoleFile): void {
  app.get(`/${path}`, { config: { open: true } }, (request, reply) => {
    reply.headers({ etag, 'cache-control': 'no-cache', 'content-security-policy': CONSOLE_POLICY })
    return isNamed(etag, request.headers['if-none-match']) ? reply.code(304).send() : reply.type(type).send(body)
  })
}
