// The whole capability on a store of its own, with a push that notes whom it was to wake, and people who sign in.
import { randomUUID } from 'node:crypto'
import type { AuditEvent } from '../../src/audit/events.ts'
import { systemRandom } from '../../src/base/random.ts'
import { isRefusal, type Refusal } from '../../src/base/refusal.ts'
import { createDevices, type Devices } from '../../src/devices/devices.ts'
import { ticketOf } from '../../src/devices/ticket.ts'
import { createLocalChanges } from '../../src/signin/changes.ts'
import type { Caller, SignedDecision } from '../../src/signin/decide.ts'
import type { OpenRequest } from '../../src/signin/open.ts'
import type { Ringer } from '../../src/signin/ringing.ts'
import type { SignIn } from '../../src/signin/sign-in.ts'
import { createSignIns } from '../../src/signin/sign-ins.ts'
import { shownOf, type Verdict } from '../../src/signin/transaction.ts'
import { openSqliteStores } from '../../src/store/sqlite/sqlite-stores.ts'
import type { Stores } from '../../src/store/stores.ts'
import { anIntegration, integrationEvent } from '../store/contract/material.ts'
import { recorded } from '../store/contract/opened-store.ts'
import { temporaryFile } from '../store/temporary-file.ts'
import { aSignIn, OPENED } from './a-sign-in.ts'
import { aBindRequest, anOpenRequest, aProof } from './on-stores.ts'
import { silentPush } from './silent-push.ts'

/** Who signs in, unless a test says who. */
export const PERSON = { tenantId: aSignIn().tenantId, objectId: aSignIn().objectId }

export const BY_INVITATION: OpenRequest['policy'] = {
  ...{ enrolment: 'invitation', firstUseUntil: null, firstUseDomains: [], digits: 6, namePersonInPush: false },
}

export type World = Awaited<ReturnType<typeof openWorld>>

/** The time stands still but for `leap`. What `replaced` has stands in the place of the capability's devices and stores. */
export async function openWorld(replaced: { devices?: Partial<Devices>; signIns?: Partial<Stores['signIns']> } = {}) {
  let now = OPENED
  const clock = { now: () => now }
  const random = systemRandom
  const { file, remove } = temporaryFile()
  const changes = createLocalChanges()
  const stores = openSqliteStores({ file, clock, random, changes })
  const integration = anIntegration({ id: 'integration-1' })
  await stores.integrations.insert(integration, integrationEvent(integration))
  const devices: Devices = {
    ...createDevices({ store: stores.devices, invitations: stores.invitations, clock, random }),
    ...replaced.devices,
  }
  /** What push was told, and how long it leaves people alone after what they did not want. */
  const rung: unknown[][] = []
  const quiet = { until: 0 }
  const push: Ringer = {
    ...silentPush,
    ring: async (...args) => {
      rung.push(['ring', ...args])
      return true
    },
    ringLater: (...args) => void rung.push(['ringLater', ...args]),
    over: (...args) => void rung.push(['over', ...args]),
    quietAfter: async () => quiet.until,
  }
  const store = { ...stores.signIns, ...replaced.signIns }
  const signIns = createSignIns({ store, devices, push, changes, clock, random })

  let read = 0
  const find = async (id: string) => (await stores.signIns.find(id)) as SignIn

  async function open(change: Partial<OpenRequest> = {}): Promise<{ signIn: SignIn; secret: string }> {
    const opened = await signIns.open(anOpenRequest(clock, change))
    if (isRefusal(opened) || opened.kind !== 'opened') throw new Error('not opened')
    return { signIn: await find(opened.id), secret: opened.browserSecret }
  }
  const known = async (thumbprint: string): Promise<Caller> => {
    const caller = await signIns.identify(thumbprint)
    if (isRefusal(caller)) throw new Error(caller.reason)
    return caller
  }
  const decision = (signIn: SignIn, verdict: Verdict, number?: string): SignedDecision => ({
    approval: randomUUID(),
    claims: { shown: shownOf(signIn), decision: verdict, number },
    proof: aProof(stores),
  })
  const right = (signIn: SignIn): SignedDecision => decision(signIn, 'approve', signIn.prompt?.digits)

  return {
    ...{ stores, signIns, devices, clock, rung, quiet, open, find, known, decision, right },
    wrong: (signIn: SignIn): SignedDecision => decision(signIn, 'approve', 'wrong'),
    leap: (milliseconds: number): void => {
      now += milliseconds
    },
    /** Redeems the ticket of a sign-in. */
    bind: (signIn: SignIn, secret: string, thumbprint = 'phone a'): Promise<SignIn | Refusal> =>
      signIns.bind(aBindRequest(thumbprint, { ticket: ticketOf(secret, signIn.id).ticket })),
    /** A person whose first phone is bound. */
    async enrol(change: Partial<OpenRequest> = {}, thumbprint = 'phone a'): Promise<Caller> {
      const { signIn, secret } = await open(change)
      await signIns.bind(aBindRequest(thumbprint, { ticket: ticketOf(secret, signIn.id).ticket }))
      await signIns.decide(await known(thumbprint), right(await find(signIn.id)))
      return known(thumbprint)
    },
    /** The events that were recorded since this was asked last. */
    async news(): Promise<AuditEvent[]> {
      const all = await recorded(stores)
      const fresh = all.slice(read)
      read = all.length
      return fresh
    },
    async close(): Promise<void> {
      await stores.close()
      remove()
    },
  }
}

/** What every event of a sign-in names. */
export const names = ({ id, integrationId, tenantId, objectId }: SignIn) => ({
  ...{ signInId: id, integrationId, tenantId, objectId },
})
