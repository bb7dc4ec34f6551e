// What breaks under a running Countersign, and what people see of it. Processes are killed and stopped for real.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import { verifyAudit } from '../../../src/audit/verify-chains.ts'
import type { Phone } from '../../phone-simulator/phone.ts'
import { emptied } from '../../store/mongo/database.ts'
import { primaryOf, type ReplicaSet } from '../../store/mongo/replica-set.ts'
import { whereMongoIs } from '../../store/mongo/where-mongo-is.ts'
import { formOf, stageOf } from '../../support/browser.ts'
import { addNode, type Cluster, startCluster, untilReadyz } from '../../support/cluster.ts'
import { startRelays } from '../../support/relay.ts'
import { approve, type Begun, begin, claimsSigned, enrol, finish } from '../../support/stories.ts'

whereMongoIs('faults', (start) => {
  let mongo: ReplicaSet
  let cluster: Cluster
  let phone: Phone
  beforeAll(async () => {
    mongo = await start()
  })
  beforeEach(async () => {
    const uri = mongo.uri('countersign-test-faults')
    await emptied(uri)
    cluster = await startCluster(uri, [{}, {}])
    phone = await enrol(cluster)
  })
  afterEach(() => cluster?.close())
  afterAll(() => mongo?.close())

  const at = (node: number | null): void => cluster.balancer.only(node)
  const node = (which: number) => {
    const found = cluster.nodes[which]
    if (!found) throw new Error('no such node')
    return found
  }

  /** Nothing of the log is missing or changed, and each accepted sign-in had its one claim. */
  async function expectWhole(accepted: number): Promise<void> {
    const { faults } = await verifyAudit(cluster.service.capabilities.stores.audit)
    expect(faults).toEqual([])
    const { signing, signed } = await claimsSigned(cluster)
    expect(signed).toBeGreaterThanOrEqual(accepted)
    expect(signing).toBeGreaterThanOrEqual(signed)
  }

  test('a node that is killed at any step takes no sign-in with it', async () => {
    let accepted = 1
    /** Node 0 dies; node 1 goes on. */
    async function kill(): Promise<void> {
      await node(0).end('SIGKILL')
      at(1)
    }
    async function revive(): Promise<void> {
      await node(0).start()
      at(0)
    }
    const stories: Record<string, (begun: Begun) => Promise<void>> = {
      'after it was opened': async (begun) => {
        await kill()
        await approve(phone, begun)
      },
      'while the browser waits': async (begun) => {
        const waiting = await begun.browser.listen(begun.page)
        await waiting.next()
        await kill()
        await waiting.next().catch(() => undefined)
        await approve(phone, begun)
      },
      'after it was approved': async (begun) => {
        await approve(phone, begun)
        await kill()
      },
    }
    for (const story of Object.values(stories)) {
      at(0)
      const begun = await begin(cluster)
      await story(begun)
      expect(await finish(cluster, begun)).toMatchObject({ accepted: true })
      accepted++
      await revive()
    }
    await expectWhole(accepted)
  })

  test('a node that is killed while it answers leaves one claim, or none and a way to begin again', async () => {
    at(0)
    const begun = await begin(cluster)
    await approve(phone, begun)
    const before = await claimsSigned(cluster)
    const answer = begun.browser.answer(begun.page).then(
      () => 'a claim',
      () => 'nothing',
    )
    await new Promise((resolve) => setImmediate(resolve))
    await node(0).end('SIGKILL')
    const first = await answer
    at(1)
    const again = await begun.browser.submit(begun.page, 'answer')
    const hasClaim = again.text.includes('name="id_token"')
    expect([first, hasClaim]).not.toEqual(['a claim', true])
    const { signing } = await claimsSigned(cluster)
    expect(signing - before.signing).toBeLessThanOrEqual(1)
    await node(0).start()
    expect(stageOf((await begin(cluster)).page)).toBe('number')
    await expectWhole(1)
  })

  test('MongoDB is away: not ready, nobody is let in, Entra is told to come back; then it goes on without a restart', async () => {
    at(0)
    const waiting = await begin(cluster)
    const before = await claimsSigned(cluster)
    for (const { pid } of mongo.members()) process.kill(pid, 'SIGSTOP')
    try {
      await untilReadyz(cluster.url, 503)
      const away = await begin(cluster)
      expect(formOf(away.page).fields).toMatchObject({
        error: 'temporarily_unavailable',
        state: away.attempt.parameters.state,
      })
      expect(away.page.text).toContain('cannot reach its own data')
      expect((await phone.pending()).status).toBe(503)
    } finally {
      for (const { pid } of mongo.members()) process.kill(pid, 'SIGCONT')
    }
    await untilReadyz(cluster.url, 200)
    expect(await claimsSigned(cluster)).toEqual(before)
    await approve(phone, waiting)
    expect(await finish(cluster, waiting)).toMatchObject({ accepted: true })
    await expectWhole(2)
  })

  test('a node that is cut off from MongoDB says so and lets nobody in; the other goes on, and it comes back by itself', async () => {
    const network = await startRelays(mongo.members().map(({ port }) => port))
    const alone = await addNode(cluster, network.environment)
    try {
      at(2)
      const opened = await begin(cluster)
      network.cut()
      await untilReadyz(alone.url, 503)
      const refused = await begin(cluster)
      expect(formOf(refused.page).fields).toMatchObject({ error: 'temporarily_unavailable' })
      at(0)
      await approve(phone, opened)
      expect(await finish(cluster, opened)).toMatchObject({ accepted: true })
      network.mend()
      await untilReadyz(alone.url, 200)
      at(2)
      const again = await begin(cluster)
      await approve(phone, again)
      expect(await finish(cluster, again)).toMatchObject({ accepted: true })
      await expectWhole(3)
    } finally {
      await alone.end('SIGKILL')
      await network.close()
    }
  })

  test('a slow MongoDB makes sign-ins slow, and no more', async () => {
    const network = await startRelays(mongo.members().map(({ port }) => port))
    const slow = await addNode(cluster, network.environment)
    try {
      network.delay(60)
      at(2)
      const begun = await begin(cluster)
      expect(await approve(phone, begun)).toMatchObject({ status: 200 })
      expect(await finish(cluster, begun)).toMatchObject({ accepted: true })
      await untilReadyz(slow.url, 200)
      await expectWhole(2)
    } finally {
      await slow.end('SIGKILL')
      await network.close()
    }
  })

  // The last: from here on there are two members.
  test('the primary is killed while people sign in: who is answered is answered once, and it goes on by itself', async () => {
    at(null)
    const primary = await primaryOf(mongo)
    let accepted = 1
    const failures: string[] = []
    const signIn = async (): Promise<void> => {
      try {
        const begun = await begin(cluster)
        if (stageOf(begun.page) !== 'number') throw new Error(`${begun.page.status}`)
        await approve(phone, begun)
        const verdict = await finish(cluster, begun)
        if (verdict.accepted) accepted++
        else failures.push(verdict.message)
      } catch (error) {
        failures.push((error as Error).message.slice(0, 100))
      }
    }
    await signIn()
    const load = Promise.all(
      [1, 2].map(async () => {
        for (let i = 0; i < 4; i++) await signIn()
      }),
    )
    process.kill(primary.pid, 'SIGKILL')
    await load
    await untilReadyz(cluster.url, 200)
    const afterwards = accepted
    await signIn()
    expect(accepted).toBe(afterwards + 1)
    await expectWhole(accepted)
  })
})
