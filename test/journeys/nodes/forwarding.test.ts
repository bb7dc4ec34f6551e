// The audit log on its way to a receiver, from two nodes on one MongoDB. The node that delivers is killed in the middle of it.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals'
import type { AuditRecord } from '../../../src/audit/events.ts'
import { emptied } from '../../store/mongo/database.ts'
import type { ReplicaSet } from '../../store/mongo/replica-set.ts'
import { whereMongoIs } from '../../store/mongo/where-mongo-is.ts'
import { type Cluster, startCluster } from '../../support/cluster.ts'
import { enrol } from '../../support/stories.ts'

whereMongoIs('forwarding', (start) => {
  let mongo: ReplicaSet
  let cluster: Cluster
  let server: Server
  let url: string
  /** The names of the records that came, in the order in which they came. */
  let came: string[]
  /** Told of each record before it is answered. */
  let arrived: (name: string) => void

  beforeAll(async () => {
    mongo = await start()
  })
  beforeEach(async () => {
    came = []
    arrived = () => {}
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        const name = String(request.headers['webhook-id'])
        came.push(name)
        arrived(name)
        response.writeHead(204).end()
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
    const uri = mongo.uri('countersign-test-forwarding')
    await emptied(uri)
    cluster = await startCluster(uri, [{}, {}])
  })
  afterEach(async () => {
    await cluster?.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  afterAll(() => mongo?.close())

  const stores = () => cluster.service.capabilities.stores
  async function everything(): Promise<AuditRecord[]> {
    const records: AuditRecord[] = []
    for (let after = 0; ; ) {
      const page = await stores().audit.read(after, 500)
      const last = page.at(-1)
      if (!last) return records
      records.push(...page.map(({ record }) => record))
      after = last.position
    }
  }
  /** Looks until something is so; real processes deliver in their own time. */
  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 50))
  }

  test('every record arrives, those of each process in order, though the node that delivers is killed', async () => {
    const before = new Set((await everything()).map(({ writer, seq }) => `${writer}:${seq}`))
    const added = await cluster.service.capabilities.forwarding.webhooks.add({ url, events: null }, 'command-line')
    if ('fault' in added) throw new Error(added.fault)
    const { holder } = await new Promise<{ holder: string | null }>((resolve) => {
      arrived = () => {
        arrived = () => {}
        void stores()
          .forwarding.find(added.id)
          .then((found) => resolve({ holder: found?.holder ?? null }))
      }
    })
    expect(holder).not.toBeNull()

    // Many records at once, of both nodes and of this process; the deliverer dies while it is at them.
    const mine = Array.from({ length: 120 }, (_, i) => ({ type: 'service.started', version: String(i) }) as const)
    const reached = new Promise<void>((resolve) => {
      arrived = () => {
        if (came.length >= 40) resolve()
      }
    })
    await Promise.all([enrol(cluster), cluster.service.capabilities.audit.record(...mine)])
    await reached
    // Nobody knows from outside which of the two it is: that one is killed whose death ends the deliveries.
    await cluster.nodes[0]!.end('SIGKILL')
    await cluster.service.capabilities.audit.record({ type: 'service.started', version: 'after the first' })
    const isThere = async () =>
      (await everything()).every((each) => isKnown(each, before) || came.includes(nameOf(each)))
    await until(isThere)
    await cluster.nodes[0]!.start()
    await cluster.nodes[1]!.end('SIGKILL')
    await cluster.service.capabilities.audit.record({ type: 'service.started', version: 'after the second' })
    await until(isThere)

    // What is left out is nothing; what came twice has the same name; each chain came in its order.
    const names = new Set(came)
    const wanted = (await everything()).filter((each) => !isKnown(each, before)).map(nameOf)
    expect(wanted.filter((name) => !names.has(name))).toEqual([])
    const firsts = [...names]
    for (const writer of new Set(firsts.map((name) => name.split(':')[0]))) {
      const numbers = firsts.filter((name) => name.startsWith(`${writer}:`)).map((name) => Number(name.split(':')[1]))
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
  }, 240_000)
})

const nameOf = ({ writer, seq }: AuditRecord): string => `${writer}:${seq}`
const isKnown = (record: AuditRecord, before: ReadonlySet<string>): boolean => before.has(nameOf(record))
