import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { eventually } from '../support/eventually.ts'
import { buildImage, container, contextFiles, imageConfig, output, ROOT, run, whyNot } from './engine.ts'
import { start } from './running.ts'

/** The image, built and run for real: IMAGE=1 npx tap test/image/image.test.ts --disable-coverage --timeout=600 */

const skip = whyNot()
/** After it `docker stop` kills. */
const GRACE_MS = 10_000
/** Long enough to ask for its health meanwhile, on a busy machine. */
const DRAIN_MS = 8000

t.test('the image', { skip }, async (t) => {
  const startedAt = performance.now()
  await buildImage()
  t.comment(`built within ${Math.round((performance.now() - startedAt) / 1000)} s`)

  await t.test('says how it is run', async (t) => {
    const config = await imageConfig()
    t.match(config, { User: 'node', WorkingDir: '/app' })
    t.strictSame(config.Cmd, ['node', 'src/main.ts'])
    t.strictSame(Object.keys(config.ExposedPorts), ['3000/tcp', '9464/tcp'])
    for (const variable of ['HOST=0.0.0.0', 'PORT=3000', 'NODE_ENV=production']) t.ok(config.Env.includes(variable))
    t.strictSame(config.Healthcheck.Test.slice(0, 2), ['CMD', 'node'])
  })

  await t.test('holds the service, its production dependencies, and nothing that it may change', async (t) => {
    const name = await container(t)
    const inside = (...command: string[]) => output('buildah', 'run', name, '--', ...command)
    const present = (await inside('ls', '-A')).split('\n').sort()
    t.strictSame(present, ['config', 'node_modules', 'package.json', 'routes', 'src'])
    const installed = JSON.parse(await inside('cat', 'node_modules/.package-lock.json')).packages
    t.strictSame(Object.keys(installed).sort(), productionPackages())
    t.equal(await inside('find', '.', '-writable', '-not', '-type', 'l'), '')
    for (const folder of ['node_modules', '.'])
      t.comment(`${folder}: ${(await inside('du', '-sh', folder)).split('\t')[0]}`)
  })

  await t.test('is built from a small context', async (t) => {
    const dockerfile = join(t.testdir({ Dockerfile: 'FROM scratch\nCOPY . /' }), 'Dockerfile')
    const { files, bytes } = await contextFiles(t, dockerfile)
    const allowed = /^(package(-lock)?\.json|\.npmrc|config\/[\w-]+\.yaml|(src|routes)\/[\w/-]+\.\w+)$/
    t.strictSame(
      files.filter((file) => !allowed.test(file)),
      [],
    )
    t.ok(files.includes('src/main.ts') && files.includes('config/demo.yaml') && bytes < 2 * 2 ** 20)
    t.comment(`the context: ${files.length} files, ${Math.round(bytes / 1024)} KiB`)
  })

  await t.test('without a configuration: serves the demo as user node, is healthy, stops on SIGTERM', async (t) => {
    const service = await start(t)
    t.match(service.lines[0], { msg: 'listening', address: 'http://0.0.0.0:3000' })
    t.equal(service.uid, 1000)
    t.match(await service.get('/health/ready'), { status: 200, json: { status: 'ready' } })
    const { status, json } = await service.get('/aggregate')
    t.equal(status, 200)
    t.strictSame(Object.keys(json.data as object).sort(), [
      'guardian',
      'hackernews',
      'newsapi',
      'stories',
      'story',
      'weather',
    ])
    t.strictSame(await service.healthCheck(), { code: 0, out: '', err: '' })
    const { code, ms } = await service.terminate()
    t.equal(code, 0)
    t.ok(ms < GRACE_MS, `stopped within ${Math.round(ms)} ms`)
    t.equal(service.lines.at(-1)?.msg, 'stopped')
  })

  await t.test('with a configuration mounted: unhealthy while it drains', async (t) => {
    const mounted = mount(t.testdir({ 'my.yaml': OWN }))
    const service = await start(t, mounted)
    t.match(await service.get('/aggregate'), { status: 200, json: { data: { gone: 'nothing' } } })
    t.equal((await service.healthCheck()).code, 0)
    const ended = service.terminate()
    t.equal((await service.healthCheck()).code, 1)
    // lines are written a little later than what they tell of
    await eventually(() => service.lines.some(({ msg, status }) => msg === 'request refused' && status === 503))
    const { code, ms } = await ended
    t.equal(code, 0)
    t.ok(ms > DRAIN_MS && ms < DRAIN_MS + GRACE_MS, `stopped within ${Math.round(ms)} ms`)
  })

  await t.test('checks a configuration, and is unhealthy where nothing listens', async (t) => {
    const name = await container(t)
    const directory = t.testdir({ 'my.yaml': OWN })
    const check = await run('buildah', 'run', ...mount(directory), name, '--', 'node', 'src/cli/check.ts')
    t.match(check, { code: 0, out: /^ok: 1 source, 0 views\n {2}listens on 0\.0\.0\.0:3000/ })
    const { Healthcheck } = await imageConfig()
    // 127.0.0.1:9 is nobody's
    const health = await run('buildah', 'run', '-e', 'PORT=9', name, '--', ...Healthcheck.Test.slice(1))
    t.equal(health.code, 1)
  })
})

const OWN = `
server: { drainDelay: ${DRAIN_MS}ms }
sources:
  gone: { url: "http://127.0.0.1:9/", fallback: nothing }
`

function mount(directory: string): readonly string[] {
  return ['-v', `${directory}/my.yaml:/config.yaml:ro`, '-e', 'TRIBUTARY_CONFIG=/config.yaml']
}

/** The packages of package-lock.json that are there in production, on this platform. */
function productionPackages(): readonly string[] {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'))
  return Object.entries<{ dev?: boolean; os?: readonly string[] }>(packages)
    .filter(([path, { dev, os }]) => path !== '' && !dev && (os === undefined || os.includes(process.platform)))
    .map(([path]) => path)
    .sort()
}
