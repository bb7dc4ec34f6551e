// compose.yaml and the Kubernetes manifests, read: what they say must be true of the image and of our settings.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { ConfigMistakes, readConfig } from '../../src/config.ts'
import { variables } from '../../src/config-variables.ts'

// biome-ignore lint/suspicious/noExplicitAny: whatever YAML holds.
type Loose = any

const root = fileURLToPath(new URL('../..', import.meta.url))
const textOf = (path: string): string => readFileSync(`${root}/${path}`, 'utf8')
const read = (path: string): Loose => parse(textOf(path), { merge: true })
const known = (names: string[]): string[] =>
  names.filter((name) => name.startsWith('COUNTERSIGN_') && !variables.some((variable) => variable.name === name))

describe('the Dockerfile', () => {
  const text = textOf('Dockerfile')

  test('is of Node 24, runs as nobody’s root by number, and needs nothing that its context leaves out', () => {
    expect(text.match(/^FROM .*$/gm)).toEqual([
      'FROM node:24-bookworm-slim AS dependencies',
      'FROM node:24-bookworm-slim',
    ])
    expect(text).toMatch(/^USER 1000:1000$/m)
    const context = textOf('.dockerignore').split('\n')
    const copied = [...text.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, words]) => words?.split(' ') ?? [])
    expect(copied.length).toBeGreaterThan(5)
    for (const path of copied)
      expect([path, context.includes(`!${path}`), existsSync(`${root}/${path}`)]).toEqual([path, true, true])
    expect(context).toContain('*')
  })

  test('sets only what there is to set', () => {
    const names = [...text.matchAll(/\b(COUNTERSIGN_[A-Z_]+)=/g)].map(([, name]) => name ?? '')
    expect(names).toEqual(expect.arrayContaining(['COUNTERSIGN_HOST', 'COUNTERSIGN_DATA_DIR', 'COUNTERSIGN_COMMAND']))
    expect(known(names)).toEqual([])
  })
})

test('the documentation shows the very file that nginx is tested with', () => {
  const [, shown] = /```nginx\n(# nginx in front of two nodes[\s\S]*?)```/.exec(textOf('docs/operating.md')) ?? []
  expect(shown).toBe(textOf('deploy/proxy/nginx.conf'))
})

describe('compose.yaml', () => {
  const { services, secrets, networks } = read('compose.yaml')

  test.each(['node1', 'node2'])('%s is a node behind the proxy, on the replica set, on a read-only root', (name) => {
    const node = services[name]
    expect(node).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] })
    expect(node.ports).toBeUndefined()
    expect(Number.parseInt(node.stop_grace_period, 10)).toBeGreaterThan(10)
    const { COUNTERSIGN_MONGODB_URI: uri, COUNTERSIGN_PUBLIC_URL: url, ...rest } = node.environment
    expect(uri).toContain('@mongo1,mongo2,mongo3/countersign?replicaSet=countersign')
    expect(url).toMatch(/^\$\{PUBLIC_URL:\?/)
    expect(rest).toEqual({ COUNTERSIGN_MASTER_KEY_FILE: '/run/secrets/master-key', COUNTERSIGN_TRUST_PROXY: '1' })
    expect(node.tmpfs[0]).toMatch(/^\/data:uid=1000,/)
    expect(node.depends_on).toEqual({ initiate: { condition: 'service_completed_successfully' } })
    // As the service would read it, with what an operator fills in.
    const filled = { ...node.environment, NODE_ENV: 'production', COUNTERSIGN_MASTER_KEY_FILE: `${root}/LICENSE` }
    const given = {
      COUNTERSIGN_PUBLIC_URL: 'https://mfa.example.com',
      COUNTERSIGN_MONGODB_URI: uri.replace(/\$\{.*?\}/, 'x'),
    }
    expect(mistakesOf({ ...filled, ...given })).toEqual([expect.stringMatching(/MASTER_KEY_FILE: must hold 32 bytes/)])
  })

  test('three members of one set, with a key, where nobody else comes', () => {
    for (const name of ['mongo1', 'mongo2', 'mongo3']) {
      expect(services[name].networks).toEqual(['store'])
      expect(services[name].ports).toBeUndefined()
      expect(services[name].entrypoint.at(-1)).toMatch(/--replSet countersign --keyFile \S+/)
      expect(services[name].volumes).toEqual([`${name}:/data/db`])
    }
    expect(networks.store).toEqual({ internal: true })
    expect(services.initiate).toMatchObject({ network_mode: 'service:mongo1', read_only: true })
    expect(services.initiate.environment.MEMBERS).toBe('mongo1:27017,mongo2:27017,mongo3:27017')
  })

  test('only the proxy can be reached, and every file that is mounted is there or the operator’s', () => {
    const open = Object.entries<Loose>(services).filter(([, { ports }]) => ports)
    expect(open.map(([name]) => name)).toEqual(['proxy'])
    const mounted = Object.values<Loose>(services)
      .flatMap(({ volumes = [] }) => volumes.map((volume: string) => volume.split(':')[0]))
      .filter((path: string) => path.startsWith('./'))
    expect(mounted.filter((path: string) => !path.startsWith('./secrets/') && !existsSync(`${root}/${path}`))).toEqual(
      [],
    )
    for (const { file } of Object.values<Loose>(secrets)) expect(file).toMatch(/^\.\/secrets\//)
    for (const path of ['/secrets/', '/.env']) expect(textOf('.gitignore').split('\n')).toContain(path)
    const backends = [...textOf('deploy/proxy/haproxy.cfg').matchAll(/^ {2}server \S+ (\S+):8080$/gm)]
    expect(backends.map(([, host]) => host)).toEqual(['node1', 'node2'])
  })
})

describe('the Kubernetes manifests', () => {
  const folder = 'deploy/kubernetes'
  const manifests: Loose[] = readdirSync(`${root}/${folder}`).map((name) => read(`${folder}/${name}`))
  const of = (kind: string): Loose => manifests.find((manifest) => manifest.kind === kind)
  const { spec } = of('Deployment')
  const pod = spec.template.spec
  const [container] = pod.containers

  test('are of the kinds that there are to be', () => {
    expect(manifests.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).sort()).toEqual([
      'apps/v1 Deployment',
      'policy/v1 PodDisruptionBudget',
      'v1 Secret',
      'v1 Service',
    ])
  })

  test('one selection of pods, by the deployment, the service and the budget', () => {
    const labels = { app: 'countersign' }
    expect(spec.template.metadata.labels).toEqual(labels)
    expect(spec.selector.matchLabels).toEqual(labels)
    expect(of('Service').spec.selector).toEqual(labels)
    expect(of('PodDisruptionBudget').spec).toEqual({ minAvailable: 1, selector: { matchLabels: labels } })
    expect(spec.replicas).toBeGreaterThan(1)
    expect(of('Service').spec.ports[0].targetPort).toBe(container.ports[0].name)
    expect(container.ports[0].containerPort).toBe(8080)
  })

  test('nobody’s root, on a read-only root file system, with nothing to gain', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 })
    expect(pod.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' })
    expect(container.securityContext).toEqual({
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    })
    expect(pod.automountServiceAccountToken).toBe(false)
  })

  test('is sent nobody unless it is ready, restarted only when it is dead, and given time to stop', () => {
    expect(container.readinessProbe.httpGet).toEqual({ path: '/readyz', port: 'http' })
    expect(container.livenessProbe.httpGet).toEqual({ path: '/healthz', port: 'http' })
    const [, before] = container.lifecycle.preStop.exec.command
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(Number(before) + 10)
  })

  test('sets only what there is to set, and takes what is secret from the secret', () => {
    const names = container.env.map(({ name }: Loose) => name)
    expect(known(names)).toEqual([])
    const mounted = pod.volumes.find(({ name }: Loose) => name === 'secret').secret
    const { stringData, metadata } = of('Secret')
    expect(mounted.secretName).toBe(metadata.name)
    expect(Object.keys(stringData)).toEqual([mounted.items[0].key, 'mongodb-uri'])
    expect(container.volumeMounts.map(({ mountPath }: Loose) => mountPath)).toEqual(['/data', '/etc/countersign'])
  })

  test('starts nothing with the values that are to be replaced', () => {
    const { stringData } = of('Secret')
    const environment = { NODE_ENV: 'production', COUNTERSIGN_PUBLIC_URL: 'https://mfa.example.com' }
    const mistakes = mistakesOf({
      ...environment,
      COUNTERSIGN_MASTER_KEY: stringData['master.key'],
      COUNTERSIGN_MONGODB_URI: stringData['mongodb-uri'],
    })
    expect(mistakes.map((mistake) => mistake.split(':')[0]).sort()).toEqual([
      'COUNTERSIGN_MASTER_KEY',
      'COUNTERSIGN_MONGODB_URI',
    ])
  })
})

function mistakesOf(environment: Record<string, string>): readonly string[] {
  try {
    readConfig(environment)
    return []
  } catch (error) {
    if (error instanceof ConfigMistakes) return error.mistakes
    throw error
  }
}
