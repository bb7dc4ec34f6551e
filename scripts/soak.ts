// `npm run soak -- [--minutes N] [--people N]`: people sign in, or do not, on two nodes and one MongoDB, while a node is restarted
// each minute. Prints what they met and what the node that stays took of memory; exit 1 when somebody met an error twice.
import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { verifyAudit } from '../src/audit/verify-chains.ts'
import type { Person } from '../test/entra-simulator/registration.ts'
import { createChance } from '../test/fuzz/chance.ts'
import { residentOf } from '../test/fuzz/fuzz.ts'
import { startReplicaSet } from '../test/store/mongo/replica-set.ts'
import { createBrowser, digitsOn, stageOf } from '../test/support/browser.ts'
import { startCluster, untilReadyz } from '../test/support/cluster.ts'
import {
  approve,
  begin,
  claimsSigned,
  contracts,
  enrol,
  finish,
  leave,
  shownOn,
  wrongDigits,
} from '../test/support/stories.ts'

const { values } = parseArgs({ options: { minutes: { type: 'string' }, people: { type: 'string' } } })
const minutes = Number(values.minutes ?? 30)
const people = Number(values.people ?? 12)
const MINUTE = 60_000
/** Between two sign-ins of a person, at most: it is a load, and no flood. */
const PAUSE = 4000

const say = (line: string): void => void process.stdout.write(`${line}\n`)
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds))
const chance = createChance(1)

const mongo = await startReplicaSet()
const cluster = await startCluster(mongo.uri('countersign-soak'), [{}, {}])
const [stays, restarted] = cluster.nodes
if (!stays || !restarted) throw new Error('a soak takes two nodes')

const counts = { approved: 0, denied: 0, reported: 0, left: 0, strangers: 0, begunAgain: 0, restarts: 0, killed: 0 }
const errors: string[] = []
let stopped = false

type Phone = Awaited<ReturnType<typeof enrol>>
const expected = (found: unknown, wanted: unknown, what: string): void => {
  if (found !== wanted) throw new Error(`${what}: ${String(found)} and not ${String(wanted)}`)
}

/** One sign-in, to whichever end. What is not as it should be is thrown. */
async function signInOnce(person: Person, phone: Phone, fate: number): Promise<keyof typeof counts> {
  const begun = await begin(cluster, { person, contract: contracts[fate % 2] ?? 'external-mfa' })
  expected(stageOf(begun.page), 'number', 'the page')
  if (fate < 8) {
    await leave(begun)
    return 'left'
  }
  if (fate < 16) {
    const verdict = fate < 13 ? 'cancel' : 'notMe'
    const { status } = await phone[verdict](await shownOn(phone, begun))
    expected(status, 200, verdict)
    return verdict === 'cancel' ? 'denied' : 'reported'
  }
  // A browser that waits as most do; the stream may break with its node, and is then opened anew by the page.
  const stream = fate < 60 ? await begun.browser.listen(begun.page).catch(() => undefined) : undefined
  const told = stream?.next().catch(() => undefined)
  if (fate < 24) {
    const pending = await shownOn(phone, begun)
    const { status } = await phone.approve(pending, wrongDigits(digitsOn(begun.page)))
    expected(status, 422, 'a wrong number')
  }
  expected((await approve(phone, begun)).status, 200, 'the approval')
  await told
  await stream?.close().catch(() => undefined)
  const verdict = await finish(cluster, begun)
  expected(verdict.accepted, true, 'Entra')
  return 'approved'
}

/** A person at their desk: what fails is tried once more, as anybody would, and what fails twice is an error. */
async function live(person: Person): Promise<void> {
  const phone = await enrol(cluster, { person })
  while (!stopped) {
    const fate = chance.below(100)
    try {
      counts[await signInOnce(person, phone, fate)]++
    } catch (first) {
      counts.begunAgain++
      try {
        await pause(500)
        counts[await signInOnce(person, phone, fate)]++
      } catch (second) {
        errors.push(`${(first as Error).message} | ${(second as Error).message}`)
      }
    }
    await pause(chance.below(PAUSE))
  }
}

/** Whoever else is on the Internet: no hint, a hint of nobody, questions for keys and metadata. */
async function stroll(): Promise<void> {
  const browser = createBrowser()
  while (!stopped) {
    const asked = [
      () => browser.post(`${cluster.url}/entra/authorize`, { client_id: randomUUID(), id_token_hint: 'e30.e30.e30' }),
      () => browser.get(`${cluster.url}/.well-known/jwks.json`),
      () => browser.get(`${cluster.url}/entra/sign-in/${randomUUID()}`),
    ][chance.below(3)]
    await asked?.().catch(() => undefined)
    counts.strangers++
    await pause(chance.below(1000))
  }
}

const began = performance.now()
const everybody = Array.from({ length: people }, (_, i) => {
  const name = `person${i}@contoso.example`
  return live({ objectId: randomUUID(), username: name, name })
})
everybody.push(stroll())

const memory: number[] = []
for (let minute = 1; minute <= minutes; minute++) {
  await pause(began + minute * MINUTE - performance.now())
  memory.push(residentOf(stays.pid()))
  const signal = minute % 3 === 0 ? 'SIGKILL' : 'SIGTERM'
  await restarted.end(signal)
  await restarted.start()
  await untilReadyz(restarted.url, 200)
  counts.restarts++
  if (signal === 'SIGKILL') counts.killed++
  say(`minute ${minute}: ${memory.at(-1)} MiB, ${JSON.stringify(counts)}, ${errors.length} errors`)
}
stopped = true
await Promise.all(everybody)

const { signing, signed } = await claimsSigned(cluster)
const log = await verifyAudit(cluster.service.capabilities.stores.audit)
const seconds = Math.round((performance.now() - began) / 1000)
say(`${seconds} s, ${people} people: ${JSON.stringify(counts)}`)
say(`memory of the node that stayed, each minute: ${memory.join(', ')} MiB`)
say(`the log: ${log.records} records, ${log.faults.length} faults; claims begun ${signing}, signed ${signed}`)
for (const error of errors) say(`ERROR ${error}`)
await cluster.close()
await mongo.close()
process.exitCode = errors.length === 0 && log.faults.length === 0 ? 0 : 1
