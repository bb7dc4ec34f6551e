// `npm run faults`: breaks a Countersign of two nodes in every way that docs/operating.md has a figure for, and prints them.
import { performance } from 'node:perf_hooks'
import { verifyAudit } from '../src/audit/verify-chains.ts'
import { primaryOf, type ReplicaSet, startReplicaSet } from '../test/store/mongo/replica-set.ts'
import { stageOf } from '../test/support/browser.ts'
import { addNode, type Cluster, startCluster, untilReadyz } from '../test/support/cluster.ts'
import { startRelays } from '../test/support/relay.ts'
import { approve, begin, claimsSigned, enrol, finish } from '../test/support/stories.ts'

type Phone = Awaited<ReturnType<typeof enrol>>
type Place = { mongo: ReplicaSet; cluster: Cluster; phone: Phone }

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`
const AWAY = 30_000

/** Signs in over and over, and says how long the longest stretch was in which nobody got through. */
function signInsAllTheWhile({ cluster, phone }: Place) {
  let stopped = false
  let accepted = 0
  let turnedBack = 0
  let last = performance.now()
  let longest = 0
  const done = (async () => {
    while (!stopped) {
      try {
        const begun = await begin(cluster)
        if (stageOf(begun.page) !== 'number') throw new Error('not opened')
        await approve(phone, begun)
        if (!(await finish(cluster, begun)).accepted) throw new Error('not accepted')
        accepted++
        longest = Math.max(longest, performance.now() - last)
        last = performance.now()
      } catch {
        turnedBack++
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
  })()
  return {
    async untilMore(count: number): Promise<void> {
      const wanted = accepted + count
      while (accepted < wanted) await new Promise((resolve) => setTimeout(resolve, 20))
    },
    async stop() {
      stopped = true
      await done
      return { turnedBack, longest }
    },
  }
}

const faults: Record<string, (place: Place) => Promise<string>> = {
  'a node is killed (kill -9)': async (place) => {
    const load = signInsAllTheWhile(place)
    await load.untilMore(3)
    await place.cluster.nodes[0]?.end('SIGKILL')
    await load.untilMore(5)
    const { turnedBack, longest } = await load.stop()
    return `longest gap between sign-ins ${seconds(longest)}, ${turnedBack} begun again`
  },
  'the primary is killed (kill -9)': async (place) => {
    const load = signInsAllTheWhile(place)
    await load.untilMore(3)
    process.kill((await primaryOf(place.mongo)).pid, 'SIGKILL')
    await load.untilMore(5)
    const { turnedBack, longest } = await load.stop()
    return `longest gap between sign-ins ${seconds(longest)}, ${turnedBack} begun again`
  },
  'MongoDB does not answer for 30 s': async ({ mongo, cluster }) => {
    for (const { pid } of mongo.members()) process.kill(pid, 'SIGSTOP')
    const stopped = performance.now()
    const red = await untilReadyz(cluster.url, 503)
    const turnedBack = (await begin(cluster)).page.text.includes('temporarily_unavailable')
    await new Promise((resolve) => setTimeout(resolve, AWAY - (performance.now() - stopped)))
    for (const { pid } of mongo.members()) process.kill(pid, 'SIGCONT')
    const green = await untilReadyz(cluster.url, 200)
    return `red after ${seconds(red)}, people ${turnedBack ? 'led back' : 'NOT led back'}, ready ${seconds(green)} after it is back`
  },
  'a node is cut off from MongoDB': async ({ mongo, cluster }) => {
    const network = await startRelays(mongo.members().map(({ port }) => port))
    const alone = await addNode(cluster, network.environment)
    network.cut()
    const red = await untilReadyz(alone.url, 503)
    network.mend()
    const green = await untilReadyz(alone.url, 200)
    await alone.end('SIGKILL')
    await network.close()
    return `red after ${seconds(red)}, ready ${seconds(green)} after it is mended; the other serves all the while`
  },
  'MongoDB is slow: 100 ms each way': async (place) => {
    const { mongo, cluster, phone } = place
    const network = await startRelays(mongo.members().map(({ port }) => port))
    const slow = await addNode(cluster, network.environment)
    cluster.balancer.only(2)
    network.delay(100)
    const began = performance.now()
    const begun = await begin(cluster)
    await approve(phone, begun)
    await finish(cluster, begun)
    const took = performance.now() - began
    cluster.balancer.only(null)
    await slow.end('SIGKILL')
    await network.close()
    return `a whole sign-in takes ${seconds(took)}, nobody is turned back`
  },
}

for (const [name, breakIt] of Object.entries(faults)) {
  const mongo = await startReplicaSet()
  const cluster = await startCluster(mongo.uri('countersign-test-faults'), [{}, {}])
  const phone = await enrol(cluster)
  const figures = await breakIt({ mongo, cluster, phone })
  const { signing, signed } = await claimsSigned(cluster)
  const { faults: broken } = await verifyAudit(cluster.service.capabilities.stores.audit)
  say(`| ${name} | ${figures} | ${broken.length} faults in the log, ${signing - signed} claims lost |`)
  await cluster.close()
  await mongo.close()
}
