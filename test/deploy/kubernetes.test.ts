import { execFile } from 'node:child_process'
import { globSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Deployment } from 'kubernetes-models/apps/v1/Deployment'
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2/HorizontalPodAutoscaler'
import { NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1/NetworkPolicy'
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget'
import { Service } from 'kubernetes-models/v1/Service'
import t from 'tap'
import { buildApp } from '../../src/app.ts'
import { Runtime } from '../../src/runtime.ts'
import { silentLog } from '../../src/telemetry/logger.ts'
import { configOf, documentsOf, IMAGE, ROOT, stopMsOf, type Tree, yamlOf } from './files.ts'

/** The manifests in deploy/kubernetes/: valid for themselves, and fit for each other and for the service. */

const kustomization = yamlOf('kubernetes/kustomization.yaml')
const manifests: readonly Tree[] = kustomization.resources.flatMap((file: string) => documentsOf(`kubernetes/${file}`))
const one = (kind: string): Tree => manifests.find((manifest) => manifest.kind === kind)
const deployment = one('Deployment')
const pod = deployment.spec.template.spec
const [container] = pod.containers
const environment = { ...IMAGE.environment, REDIS_URL: 'redis://valkey:6379' }
const config = () => configOf('kubernetes/tributary.yaml', environment)

/** The models of all kinds that are used. */
const MODELS: Readonly<Record<string, Tree>> = {
  Deployment,
  Service,
  HorizontalPodAutoscaler,
  PodDisruptionBudget,
  NetworkPolicy,
}

/** `kubernetes-models/apps/v1/Deployment` */
const moduleOf = ({ apiVersion, kind }: Tree) => `kubernetes-models/${apiVersion}/${kind}`

t.test('every file is listed', async (t) => {
  const files = globSync('*.yaml', { cwd: join(ROOT, 'deploy/kubernetes') })
  const [{ name, files: config }] = kustomization.configMapGenerator
  t.same(new Set([...kustomization.resources, ...config, 'kustomization.yaml']), new Set(files))
  t.equal(name, pod.volumes[0].configMap.name)
  t.equal(kustomization.images[0].name, container.image)
  t.same(
    manifests.map(({ kind }) => kind),
    ['Deployment', 'Service', 'Service', 'HorizontalPodAutoscaler', 'PodDisruptionBudget', 'NetworkPolicy'],
  )
})

t.test('every manifest is valid by the schema of Kubernetes', async (t) => {
  for (const manifest of manifests) {
    const Model = MODELS[manifest.kind]
    t.equal(Model.apiVersion, manifest.apiVersion)
    t.doesNotThrow(() => new Model(manifest).validate(), manifest.kind)
    t.throws(() => new Model({ ...manifest, spec: 1 }).validate(), 'the check would find a mistake')
  }
})

/** The schemas let unknown keys pass, and TypeScript does not. */
t.test('no manifest has a key that Kubernetes does not know', async (t) => {
  const folder = t.testdir({})
  const check = async (name: string, made: readonly Tree[]) => {
    const lines = made.flatMap((manifest, index) => [
      `import type { I${manifest.kind} as Kind${index} } from '${moduleOf(manifest)}'`,
      `export const manifest${index}: Kind${index} = ${JSON.stringify(manifest)}`,
    ])
    await writeFile(join(folder, name), lines.join('\n'))
    const flags = ['--noEmit', '--strict', '--skipLibCheck', '--ignoreConfig', '--module', 'nodenext', '--types', '']
    const tsc = join(ROOT, 'node_modules/typescript/lib/tsc.js')
    return promisify(execFile)(process.execPath, [tsc, ...flags, join(folder, name)], { timeout: 60_000 }).then(
      () => '',
      ({ stdout, stderr }) => `${stdout}${stderr}`,
    )
  }
  t.equal(await check('all.ts', manifests), '')
  const wrong = { ...deployment, spec: { ...deployment.spec, strateg: {} } }
  t.match(await check('wrong.ts', [wrong]), /'"strateg"' does not exist in type 'IDeploymentSpec'/)
})

t.test('selectors match the labels', async (t) => {
  const { labels } = deployment.spec.template.metadata
  t.ok(Object.keys(labels).length > 0)
  const selectors = [
    deployment.spec.selector.matchLabels,
    pod.topologySpreadConstraints[0].labelSelector.matchLabels,
    one('PodDisruptionBudget').spec.selector.matchLabels,
    one('NetworkPolicy').spec.podSelector.matchLabels,
    ...manifests.filter(({ kind }) => kind === 'Service').map(({ spec }) => spec.selector),
  ]
  t.equal(selectors.length, 6)
  for (const selector of selectors) t.match(labels, selector)
  const { scaleTargetRef, minReplicas, maxReplicas } = one('HorizontalPodAutoscaler').spec
  t.match(deployment, { apiVersion: scaleTargetRef.apiVersion, kind: scaleTargetRef.kind })
  t.equal(scaleTargetRef.name, deployment.metadata.name)
  t.ok(minReplicas > one('PodDisruptionBudget').spec.maxUnavailable && maxReplicas > minReplicas)
  t.notOk('replicas' in deployment.spec, 'the autoscaler says how many')
})

t.test('the configuration is right, and its ports are those of the manifests', async (t) => {
  const { server } = config()
  const ports = new Map(container.ports.map(({ name, containerPort }: Tree) => [name, containerPort]))
  t.same(
    ports,
    new Map([
      ['http', server.port],
      ['operations', server.operationsPort],
    ]),
  )
  t.equal(server.host, '0.0.0.0')
  t.equal(deployment.spec.template.metadata.annotations['prometheus.io/port'], String(server.operationsPort))
  const [egress] = one('NetworkPolicy').spec.ingress
  const named = [
    ...manifests
      .filter(({ kind }) => kind === 'Service')
      .flatMap(({ spec }) => spec.ports.map((port: Tree) => port.targetPort)),
    ...one('NetworkPolicy').spec.ingress.flatMap(({ ports }: Tree) => ports.map(({ port }: Tree) => port)),
    ...[container.startupProbe, container.readinessProbe, container.livenessProbe].map(({ httpGet }) => httpGet.port),
  ]
  t.ok(egress && named.every((name) => ports.has(name)), named.join(', '))
})

t.test('the probes ask for what is there, and often enough', async (t) => {
  const made = config()
  const runtime = Runtime.start(made, { log: silentLog() })
  const app = await buildApp(runtime, 'operations')
  t.teardown(async () => {
    await app.close()
    runtime.release()
  })
  const { startupProbe, readinessProbe, livenessProbe } = container
  const { annotations } = deployment.spec.template.metadata
  for (const url of [
    ...[startupProbe, readinessProbe, livenessProbe].map(({ httpGet }) => httpGet.path),
    annotations['prometheus.io/path'],
  ])
    t.ok(app.hasRoute({ method: 'GET', url }), url)
  t.equal(readinessProbe.httpGet.path, '/health/ready')
  t.equal(livenessProbe.httpGet.path, '/health/live', 'a source that is down restarts nothing')
  const seenMs = readinessProbe.periodSeconds * readinessProbe.failureThreshold * 1000
  t.ok(made.server.drainDelayMs > seenMs, 'it serves on until the probe has failed')
})

t.test('a pod has the time to stop', async (t) => {
  t.ok(pod.terminationGracePeriodSeconds * 1000 >= stopMsOf(config()))
  t.match(deployment.spec.strategy.rollingUpdate, { maxUnavailable: 0 })
})

t.test('a pod may do no more than it has to', async (t) => {
  t.match(pod, {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsNonRoot: true, runAsUser: IMAGE.user, seccompProfile: { type: 'RuntimeDefault' } },
  })
  t.strictSame(container.securityContext, {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ['ALL'] },
  })
  t.match(container.resources, { requests: { cpu: String, memory: String }, limits: { memory: String } })
})

t.test('the configuration is where the process looks for it, and cannot hide the image', async (t) => {
  const [{ mountPath, name }] = container.volumeMounts
  const [file] = kustomization.configMapGenerator[0].files
  t.same(container.env, [{ name: 'TRIBUTARY_CONFIG', value: `${mountPath}/${file}` }])
  t.equal(pod.volumes[0].name, name)
  t.notOk(mountPath.startsWith(IMAGE.folder))
  const [{ secretRef }] = container.envFrom
  t.equal(secretRef.name, 'tributary')
})

t.test('the network policy lets the configuration reach what it names', async (t) => {
  const { egress } = one('NetworkPolicy').spec
  const ports = egress.flatMap(({ ports }: Tree) => ports.map(({ port }: Tree) => port))
  t.same(new Set(ports), new Set([53, 6379, 443]))
  const { sources } = config()
  for (const { template } of sources.values()) t.match(template.origin, /^https:\/\/[^:]+$/, 'port 443')
  t.match(environment.REDIS_URL, /:6379$/)
})
