// Two nodes on one MongoDB behind the proxies of deploy/proxy: nginx and HAProxy themselves, with the very files.
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { Person } from '../../entra-simulator/registration.ts'
import type { Phone } from '../../phone-simulator/phone.ts'
import { makeCertificate } from '../../push-services/certificate.ts'
import type { ReplicaSet } from '../../store/mongo/replica-set.ts'
import { whereMongoIs } from '../../store/mongo/where-mongo-is.ts'
import { createBrowser, stageOf } from '../../support/browser.ts'
import { type Cluster, startCluster } from '../../support/cluster.ts'
import { ADA, GRACE, GUEST, registrationOf } from '../../support/countersign.ts'
import { freePort } from '../../support/free-port.ts'
import { whereInstalled } from '../../support/installed.ts'
import { program } from '../../support/programs.ts'
import { type FrontProxy, type ProxyKind, type ProxyPorts, startProxy } from '../../support/proxy.ts'
import { approve, begin, contracts, enrol, eventsOf, finish, type Place, reload } from '../../support/stories.ts'

const sbin = (title: string, packageName: string, name: string) => {
  const { find, ...rest } = program(title, packageName, name)
  // Not on every user's PATH.
  return { ...rest, find: () => find() ?? program(title, packageName, `../sbin/${name}`).find() }
}
const programs = [sbin('nginx', 'nginx-light', 'nginx'), sbin('HAProxy', 'haproxy', 'haproxy')]

whereMongoIs('two nodes behind a proxy', (startMongo) => {
  whereInstalled('of this machine', programs, (...paths) => {
    let mongo: ReplicaSet
    beforeAll(async () => {
      mongo = await startMongo()
    })
    afterAll(() => mongo?.close())

    describe.each(['nginx', 'haproxy'] as const)('%s, as deploy/proxy has it', (kind: ProxyKind) => {
      let cluster: Cluster
      let proxy: FrontProxy
      let ports: ProxyPorts
      let ca: string
      let place: Place
      let phone: Phone

      beforeAll(async () => {
        const [plain, tls, redirecting] = await Promise.all([freePort(), freePort(), freePort()])
        const url = `http://localhost:${plain}`
        const each = { COUNTERSIGN_PUBLIC_URL: url }
        cluster = await startCluster(mongo.uri(`countersign-test-${kind}`), [each, each])
        const [first = 0, second = 0] = cluster.nodes.map((node) => Number(new URL(node.url).port))
        ports = { plain, tls, redirecting, nodes: [first, second] }
        const pair = await makeCertificate([])
        ca = pair.ca
        proxy = await startProxy(kind, paths[kind === 'nginx' ? 0 : 1] ?? '', ports, pair)
        place = { url, entra: cluster.entra }
        const [integration] = await cluster.service.capabilities.integrations.list()
        if (integration) cluster.entra.register(registrationOf(url, integration))
        phone = await enrol(place)
      })
      afterAll(async () => {
        await proxy?.close()
        await cluster?.close()
      })

      /** Asks over TLS, as browsers will. */
      const secure = (path: string): Promise<{ status: number | undefined; text: string }> =>
        new Promise((resolve, reject) => {
          const asked = request({ host: 'localhost', port: ports.tls, path, ca, agent: false }, async (answer) => {
            let text = ''
            for await (const part of answer) text += part
            resolve({ status: answer.statusCode, text })
          })
          asked.on('error', reject).end()
        })

      test.each(contracts)('a sign-in completes (%s)', async (contract) => {
        const begun = await begin(place, { contract })
        expect(stageOf(begun.page)).toBe('number')
        expect(await approve(phone, begun)).toMatchObject({ status: 200 })
        expect(await finish(place, begun)).toMatchObject({ accepted: true })
      })

      test('a waiting browser hears of the decision while its stream stays open: nothing is buffered', async () => {
        const begun = await begin(place)
        const stream = await begun.browser.listen(begun.page)
        expect(await stream.next()).toBe(1)
        const told = stream.next()
        await approve(phone, begun)
        expect(await told).toBe(2)
        await stream.close()
        expect(stageOf(await reload(begun))).toBe('approved')
        await finish(place, begun)
      })

      test('whom it believes is the proxy: an address that a client claims is not taken', async () => {
        const attempt = await place.entra.begin({ person: GRACE, contract: 'external-mfa' })
        const headers = { 'x-forwarded-for': '203.0.113.9', 'x-real-ip': '203.0.113.9', forwarded: 'for=203.0.113.9' }
        const body = new URLSearchParams(attempt.parameters)
        const page = await createBrowser().request(attempt.authorizationEndpoint, { method: 'POST', body, headers })
        expect(page.status).toBe(200)
        const opened = (await eventsOf(cluster, 'signin.opened')).at(-1)
        expect(opened).toMatchObject({ address: '127.0.0.1' })
      })

      test('what is asked over TLS arrives, and what is asked without is led there', async () => {
        expect(await secure('/healthz')).toEqual({ status: 200, text: '{"alive":true}' })
        const led = await fetch(`http://localhost:${ports.redirecting}/admin/`, { redirect: 'manual' })
        expect(led.status).toBe(301)
        expect(led.headers.get('location')).toMatch(/^https:\/\/[^/]+\/admin\/$/)
      })

      test('while one node is stopped and started again, the other takes all there is, and nobody notices', async () => {
        const [node] = cluster.nodes
        const waiting = await begin(place)
        const stream = await waiting.browser.listen(waiting.page)
        let isGone = false
        const ended = node?.end('SIGTERM').finally(() => {
          isGone = true
        })
        const statuses: number[] = []
        const comeAndGo = async (person: Person): Promise<void> => {
          while (!isGone) {
            const begun = await begin(place, { person })
            statuses.push(begun.page.status)
            await begun.browser.submit(begun.page, 'give-up')
          }
        }
        await Promise.all([ADA, GRACE, GUEST].map(comeAndGo))
        expect(await ended).toMatchObject({ code: 0 })
        expect(statuses.length).toBeGreaterThan(5)
        expect(new Set(statuses)).toEqual(new Set([200]))
        await stream.close()
        expect(await approve(phone, waiting)).toMatchObject({ status: 200 })
        await node?.start()
        expect(await finish(place, waiting)).toMatchObject({ accepted: true })
      })
    })
  })
})
