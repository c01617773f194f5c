import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import t from 'tap'
import { toBytes, toMs } from '../../src/config/text/units.ts'
import { freePort } from '../support/service-process.ts'
import { configOf, IMAGE, ROOT, read, stopMsOf, type Tree, yamlOf } from './files.ts'

/** deploy/compose.yaml: valid for itself, and its parts fit each other. */

const compose = yamlOf('compose.yaml')
const services: Readonly<Record<string, Tree>> = compose.services
const { tributary, nginx, prometheus, grafana, valkey } = services
const environment = { ...IMAGE.environment, ...tributary.environment }
const config = () => configOf('tributary.yaml', environment)

const SPEC = 'github.com/compose-spec/compose-go/v2@v2.16.2'

/** The schema of the Compose specification; null where it cannot be had. */
function composeSchema(): Tree | null {
  const { stdout, status } = spawnSync('go', ['mod', 'download', '-json', SPEC], { encoding: 'utf8', timeout: 60_000 })
  if (status !== 0) return null
  return JSON.parse(readFileSync(join(JSON.parse(stdout).Dir, 'schema/compose-spec.json'), 'utf8'))
}

const schema = composeSchema()
t.test(
  'it is valid by the Compose specification',
  { skip: schema === null && 'Go is not there, or has no modules' },
  async (t) => {
    const validate = new Ajv2020({
      strict: false,
      logger: false,
      formats: { duration: true, subnet_ip_address: true, uri: true },
    }).compile(schema)
    t.ok(validate(compose), JSON.stringify(validate.errors))
    t.notOk(
      validate({ ...compose, services: { tributary: { ...tributary, imagee: 'x' } } }),
      'the check would find a mistake',
    )
  },
)

/** Mounts of a service from deploy/: target by source. */
function mountsOf(service: Tree): ReadonlyMap<string, string> {
  const mounts = (service.volumes ?? []).map((text: string) => text.split(':'))
  return new Map(mounts.filter(([source]: string[]) => source?.startsWith('./')))
}

t.test('what is named is there', async (t) => {
  for (const [name, service] of Object.entries(services)) {
    for (const [source] of mountsOf(service)) t.ok(existsSync(join(ROOT, 'deploy', source)), `${name}: ${source}`)
    for (const network of service.networks) t.ok(network in compose.networks, `${name}: ${network}`)
    const needed = Array.isArray(service.depends_on) ? service.depends_on : Object.keys(service.depends_on ?? {})
    for (const other of needed) t.ok(other in services, `${name}: ${other}`)
    const named = (service.volumes ?? []).filter((text: string) => /^\w/.test(text))
    for (const volume of named) t.ok(volume.split(':')[0] in compose.volumes, `${name}: ${volume}`)
    for (const port of service.ports ?? []) t.match(port, /^127\.0\.0\.1:\d+:\d+$/, 'published on loopback only')
    t.match(service.image, name === 'tributary' ? /^tributary$/ : /:v?\d+\.\d+/, 'a version is named')
  }
})

t.test('the configuration is right, and where the process looks for it', async (t) => {
  const { server } = config()
  t.equal(mountsOf(tributary).get('./tributary.yaml'), tributary.environment.TRIBUTARY_CONFIG)
  t.same(tributary.expose, [String(server.port), String(server.operationsPort)])
  t.equal(server.host, '0.0.0.0')
  t.ok(toMs(tributary.stop_grace_period) >= stopMsOf(config()))
  t.ok(server.drainDelayMs > toMs(tributary.healthcheck.interval))
  t.match(tributary.healthcheck.test.join(' '), `http://127.0.0.1:${server.operationsPort}/health/ready`)
  const { hostname, port } = new URL(tributary.environment.REDIS_URL)
  t.same([hostname, port], ['valkey', '6379'])
  t.ok(valkey.networks.some((network: string) => tributary.networks.includes(network)))
})

t.test('two replicas are possible', async (t) => {
  t.equal(tributary.deploy.replicas, 2)
  t.notOk('ports' in tributary || 'container_name' in tributary, 'neither can be shared')
})

t.test('nginx asks the replicas', async (t) => {
  const text = read('nginx/tributary.conf')
  const { server } = config()
  t.match(text, `proxy_pass http://$replicas:${server.port};`)
  t.match(text, 'set $replicas tributary;')
  t.equal(nginx.ports[0].split(':')[2], /listen (\d+);/.exec(text)?.[1])
  t.equal(mountsOf(nginx).get('./nginx/tributary.conf'), '/etc/nginx/conf.d/default.conf')
  t.match(text, 'proxy_set_header X-Forwarded-For $remote_addr;', 'a client cannot choose its address')
  t.ok(server.trustProxy, 'whom the service believes')
  const limit = (name: string) => new RegExp(`${name} (\\w+);`).exec(text)?.[1] ?? ''
  t.ok(toMs(limit('proxy_read_timeout')) > config().deadline.maxMs)
  t.ok(toBytes(limit('client_max_body_size').replace(/m$/, 'mb')) > server.maxBodyBytes)
})

const hasNginx = spawnSync('nginx', ['-v']).status === 0
t.test('nginx takes its configuration', { skip: !hasNginx && 'nginx is not installed here' }, async (t) => {
  const folder = t.testdir({
    'tributary.conf': read('nginx/tributary.conf').replace('listen 8080', `listen 127.0.0.1:${await freePort()}`),
    'nginx.conf': `pid nginx.pid; events {} http { access_log off; include tributary.conf; }`,
  })
  const args = ['-t', '-q', '-p', folder, '-c', 'nginx.conf', '-e', 'stderr']
  t.match(spawnSync('nginx', args, { encoding: 'utf8' }), { status: 0, stderr: '' })
})

t.test('Prometheus and Grafana find their files, and each other', async (t) => {
  const target = mountsOf(prometheus).get('./prometheus')
  t.ok(prometheus.command.includes(`--config.file=${target}/prometheus.yaml`))
  const {
    scrape_configs: [job],
    rule_files: files,
  } = yamlOf('prometheus/prometheus.yaml')
  for (const file of files) t.ok(existsSync(join(ROOT, 'deploy/prometheus', file)), file)
  t.match(job.dns_sd_configs, [{ names: ['tributary'], port: config().server.operationsPort }])
  t.ok(prometheus.networks.some((network: string) => tributary.networks.includes(network)))
  const [source] = yamlOf('grafana/provisioning/datasources/prometheus.yaml').datasources
  t.equal(source.url, 'http://prometheus:9090')
  t.equal(prometheus.ports[0].split(':')[2], '9090')
  t.equal(mountsOf(grafana).get('./grafana/provisioning'), '/etc/grafana/provisioning')
  const [provider] = yamlOf('grafana/provisioning/dashboards/tributary.yaml').providers
  t.equal(mountsOf(grafana).get('./grafana/tributary.json'), `${provider.options.path}/tributary.json`)
})

t.test('the image has a user without rights, and its file system is read only', async (t) => {
  const dockerfile = readFileSync(join(ROOT, 'Dockerfile'), 'utf8')
  t.match(dockerfile, /^USER node$/m)
  for (const name of ['tributary', 'nginx', 'valkey', 'prometheus']) t.ok(services[name].read_only, name)
  for (const [name, { security_opt: options }] of Object.entries(services))
    t.same(options, ['no-new-privileges:true'], name)
  for (const [name, value] of Object.entries(IMAGE.environment)) t.match(dockerfile, `${name}=${value}`)
})
