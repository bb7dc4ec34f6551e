// Three nodes on one MongoDB: whatever one knows, all know. Each step of a story goes to another node.
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { verifyAudit } from '../../../src/audit/verify-chains.ts'
import { createDesk } from '../../admin/console.ts'
import { createPhone, type Phone } from '../../phone-simulator/phone.ts'
import type { ReplicaSet } from '../../store/mongo/replica-set.ts'
import { whereMongoIs } from '../../store/mongo/where-mongo-is.ts'
import { createBrowser, digitsOn, stageOf, ticketOn } from '../../support/browser.ts'
import { type Cluster, startCluster } from '../../support/cluster.ts'
import { ADA, GRACE } from '../../support/countersign.ts'
import { approve, begin, claimsSigned, contracts, enrol, finish, shownOn, signInIdOf } from '../../support/stories.ts'

const NINETY_SECONDS = 90_000

whereMongoIs('nodes on one MongoDB', (start) => {
  let mongo: ReplicaSet
  let cluster: Cluster
  let phone: Phone
  /** The next requests go to this node. */
  const at = (node: number): void => cluster.balancer.only(node)

  beforeAll(async () => {
    mongo = await start()
    const ahead = { NODE_OPTIONS: shifted(NINETY_SECONDS) }
    cluster = await startCluster(mongo.uri('countersign-test-nodes'), [{}, {}, ahead])
    cluster.balancer.only(null)
    phone = await enrol(cluster)
  })
  afterAll(async () => {
    await cluster?.close()
    await mongo?.close()
  })

  test.each(contracts)(
    'a sign-in is opened on one, decided through another, answered on a third (%s)',
    async (contract) => {
      at(0)
      const begun = await begin(cluster, { contract })
      expect(stageOf(begun.page)).toBe('number')
      at(1)
      expect(await approve(phone, begun)).toMatchObject({ status: 200, body: { outcome: 'approved' } })
      at(2)
      expect(await finish(cluster, begun)).toMatchObject({ accepted: true })
    },
  )

  test('a first use may be spread as well: the ticket of one node is redeemed on another', async () => {
    at(2)
    const begun = await begin(cluster, { person: GRACE })
    at(0)
    const grace = await createPhone({ url: cluster.url })
    await grace.bind({ ticket: ticketOn(begun.page) ?? '' })
    at(1)
    await approve(grace, begun)
    at(0)
    expect(await finish(cluster, begun)).toMatchObject({ accepted: true })
  })

  test('a browser that waits at one node is told of what was decided through another', async () => {
    at(0)
    const begun = await begin(cluster)
    const waiting = await begun.browser.listen(begun.page)
    const before = await waiting.next()
    at(1)
    const told = waiting.next()
    await approve(phone, begun)
    expect(await told).toBeGreaterThan(before ?? Number.NaN)
    await waiting.close()
    await finish(cluster, begun)
  })

  test('a hint that was used on one is used on all', async () => {
    at(0)
    const begun = await begin(cluster)
    at(1)
    // Led to the sign-in, which another browser has.
    expect(await createBrowser().arrive(begun.attempt)).toMatchObject({ status: 404 })
    at(2)
    expect(signInIdOf(await begun.browser.arrive(begun.attempt))).toBe(signInIdOf(begun.page))
  })

  test('of the same answer, asked of every node at once, one has a claim', async () => {
    at(0)
    const begun = await begin(cluster)
    await approve(phone, begun)
    const before = await claimsSigned(cluster)
    const cookie = [...begun.browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const answers = await Promise.all(
      Array.from({ length: 30 }, async (_, i) => {
        const { url } = cluster.nodes[i % 3] as { url: string }
        const path = new URL(begun.page.url).pathname
        const headers = { cookie, 'x-forwarded-for': '127.0.0.1' }
        const answer = await fetch(`${url}${path}/answer`, { method: 'POST', headers, redirect: 'manual' })
        return (await answer.text()).includes('name="id_token"')
      }),
    )
    expect(answers.filter(Boolean)).toHaveLength(1)
    expect(await claimsSigned(cluster)).toEqual({ signing: before.signing + 1, signed: before.signed + 1 })
  })

  test('a key that is announced, or replaced at once, on one node is published by all, without a restart', async () => {
    const kids = async (): Promise<string[][]> =>
      Promise.all(
        cluster.nodes.map(async ({ url }) => {
          const { keys } = (await (await fetch(`${url}/entra/keys`)).json()) as { keys: { kid: string }[] }
          return keys.map(({ kid }) => kid)
        }),
      )
    const { keys } = cluster.service.capabilities
    await keys.announce('command-line')
    const [first, ...others] = await kids()
    expect(first).toHaveLength(2)
    expect(others).toEqual([first, first])
  })

  test('their clocks differ by a minute and a half, and all serve: the time is the store’s', async () => {
    for (const { url } of cluster.nodes) expect((await fetch(`${url}/readyz`)).status).toBe(200)
    at(2)
    const begun = await begin(cluster)
    at(0)
    await approve(phone, begun)
    at(2)
    expect(await finish(cluster, begun)).toMatchObject({ accepted: true })
  })

  test('a wrong number typed at one counts at the others', async () => {
    at(0)
    const begun = await begin(cluster)
    const digits = Number(digitsOn(begun.page))
    const codes: unknown[] = []
    for (const node of [0, 1, 2]) {
      at(node)
      const wrong = String((digits + node + 1) % 1_000_000).padStart(6, '0')
      codes.push((await phone.approve(await shownOn(phone, begun), wrong)).body.code)
    }
    expect(codes).toEqual(['wrong-number', 'wrong-number', 'wrong-number'])
    at(1)
    await expect(shownOn(phone, begun)).rejects.toThrow('the phone shows nothing of this sign-in (200)')
  })

  test('an administrator who came in through two of them is known at all, and after leaving one at none', async () => {
    cluster.balancer.only(null)
    const desk = createDesk(cluster.url)
    const { administrators } = cluster.service.capabilities
    const { url } = await administrators.invite({ name: 'Olga', role: 'owner' }, 'command-line')
    // The challenge is one node's, the passkey comes to the next.
    expect(await desk.enter(url)).toMatchObject({ status: 200 })
    const known = async (): Promise<boolean[]> => {
      const answers: boolean[] = []
      for (const node of [0, 1, 2]) {
        at(node)
        answers.push(await desk.isIn())
      }
      return answers
    }
    expect(await known()).toEqual([true, true, true])
    at(1)
    await desk.submit('/admin/sign-out')
    expect(await known()).toEqual([false, false, false])
  })

  test('who brings no valid hint is counted by all together, and told to wait by each', async () => {
    cluster.balancer.only(null)
    const knock = async (): Promise<number> => {
      const attempt = await cluster.entra.begin({
        ...{ person: ADA, contract: 'external-mfa', parameters: { id_token_hint: 'a.b.c' } },
      })
      return (await createBrowser().arrive(attempt)).status
    }
    const statuses = await Promise.all(Array.from({ length: 60 }, knock))
    expect(new Set(statuses)).toEqual(new Set([200]))
    for (const node of [0, 1, 2]) {
      at(node)
      expect([node, await knock()]).toEqual([node, 429])
    }
    // Whoever brings one is held up by nobody.
    const begun = await begin(cluster)
    expect(stageOf(begun.page)).toBe('number')
    await begun.browser.submit(begun.page, 'give-up')
  })

  test('the log of all of them is whole', async () => {
    const { faults, writers } = await verifyAudit(cluster.service.capabilities.stores.audit)
    expect(faults).toEqual([])
    expect(writers).toBe(4)
  })
})

/** Node’s own clock, moved for a whole process. */
const shifted = (by: number): string =>
  `--import=data:text/javascript,${encodeURIComponent(`const now = Date.now; Date.now = () => now() + ${by}`)}`
