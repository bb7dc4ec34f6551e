// The devices' own signatures: every decision on record is what a phone signed, about the sign-in that it stands in.
import { z } from 'zod'
import { jwsDigest } from '../base/digest.ts'
import { type PersonKey, samePerson } from '../base/person.ts'
import type { AuditStore } from './audit.ts'
import type { AuditEvent, AuditRecord } from './events.ts'
import { createPhonesOnRecord, type PhoneFault } from './phones-on-record.ts'

export type EvidenceFault = {
  writer: string
  seq: number
  kind: /** The phone had no part in it. */
    | PhoneFault
    /** No key is known that could have signed it. */
    | 'approval-without-key'
    /** The phone's key in the store is not the one that was bound. */
    | 'device-key-changed'
    /** It is not signed by the phone that the record names. */
    | 'approval-not-signed'
    /** It was signed about something else than the record says: another sign-in, prompt, decision or asker. */
    | 'approval-of-another'
    /** The number typed is one that was wrong before, or none. */
    | 'approval-number'
    /** It stands there a second time. */
    | 'approval-repeated'
    /** The sign-in was decided before. */
    | 'second-approval'
    /** A claim was signed, and nobody approved. */
    | 'claim-without-approval'
    /** It is about somebody else than the approval. */
    | 'claim-of-another'
    /** A claim of this sign-in was signed before. */
    | 'second-claim'
}

/** Verifies the signature of an approval by a public key, a JWK as JSON; gives what was signed, undefined when it is not. */
export type OpenApproval = (approval: string, publicKey: string) => Promise<unknown>

/** The public key, a JWK as JSON, of a device in the store, revoked ones too. */
export type DeviceKey = (deviceId: string) => Promise<string | undefined>

export type VerifiedEvidence = {
  approvals: number
  /** Signed by phones that were never bound, before their keys were put on record: nothing is left to verify them by. */
  withoutKey: number
  faults: EvidenceFault[]
}

const Signed = z.looseObject({
  shown: z.looseObject({
    signInId: z.string(),
    promptNumber: z.number(),
    integrationId: z.string(),
    address: z.string(),
    browser: z.string(),
  }),
  decision: z.enum(['approve', 'cancel', 'not-me']),
  number: z.string().optional(),
})

type Decided = Extract<AuditEvent, { approval: string }>

const wanted = {
  'signin.wrong-number': 'approve',
  'signin.approved': 'approve',
  'signin.denied': 'cancel',
  'signin.reported': 'not-me',
} as const satisfies Record<Decided['type'], string>

/** What is remembered of a sign-in while the log is read. One lives for minutes: the oldest are forgotten. */
type InLog = {
  opened: (PersonKey & { integrationId: string; address: string; browser: string }) | undefined
  prompts: Set<number>
  /** Numbers that were wrong, with their prompts. */
  wrong: Set<string>
  approvals: Set<string>
  /** The phone that approved it on record, rightly or not. */
  approvedBy: string | undefined
  approved: boolean
  claimed: boolean
}
const REMEMBERED = 50_000
const AT_ONCE = 1000

/** Verifies every approval, in the order in which records became durable. */
export async function verifyEvidence(
  store: Pick<AuditStore, 'read'>,
  { openApproval, deviceKey }: { openApproval: OpenApproval; deviceKey: DeviceKey },
): Promise<VerifiedEvidence> {
  const signIns = new Map<string, InLog>()
  const phones = createPhonesOnRecord()
  const faults: EvidenceFault[] = []
  let [approvals, withoutKey] = [0, 0]

  function signInOf(id: string): InLog {
    const known = signIns.get(id)
    if (known) return known
    const [oldest] = signIns.keys()
    if (signIns.size >= REMEMBERED && oldest !== undefined) signIns.delete(oldest)
    const fresh: InLog = {
      ...{ opened: undefined, approvedBy: undefined, approved: false, claimed: false },
      prompts: new Set(),
      wrong: new Set(),
      approvals: new Set(),
    }
    signIns.set(id, fresh)
    return fresh
  }

  async function judge(event: Decided): Promise<EvidenceFault['kind'] | undefined> {
    const phoneFault = phones.faultOf(event)
    if (phoneFault) return phoneFault
    const [inStore, recorded] = [await deviceKey(event.deviceId), phones.keyOf(event.deviceId)]
    if (inStore && recorded && !sameKey(inStore, recorded)) return 'device-key-changed'
    const key = recorded ?? inStore
    if (!key) {
      if (event.type === 'signin.approved' || phones.isBound(event.deviceId)) return 'approval-without-key'
      withoutKey++
      return undefined
    }
    const payload = await openApproval(event.approval, key)
    if (payload === undefined) return 'approval-not-signed'
    const { success, data } = Signed.safeParse(payload)
    const signIn = signInOf(event.signInId)
    if (!success || !fits(data, event, signIn)) return 'approval-of-another'
    if (signIn.approved) return 'second-approval'
    return numberFault(data.number, event, signIn)
  }

  function claimFault(claim: Extract<AuditEvent, { type: 'claim.signing' }>): EvidenceFault['kind'] | undefined {
    const signIn = signInOf(claim.signInId)
    const { approved, claimed, opened } = signIn
    signIn.claimed = true
    if (!approved) return 'claim-without-approval'
    if (claimed) return 'second-claim'
    return opened && isAbout(opened, claim) ? undefined : 'claim-of-another'
  }

  /** What an event adds to what is known, and what is wrong with it. */
  async function take(event: AuditEvent): Promise<EvidenceFault['kind'] | undefined> {
    if (event.type === 'signin.opened') signInOf(event.signInId).opened = event
    else if (event.type === 'signin.prompted') signInOf(event.signInId).prompts.add(event.promptNumber)
    else if (event.type === 'ticket.redeemed') phones.offered(event)
    else if (event.type === 'device.activated') phones.bound(event, signInOf(event.signInId).approvedBy)
    else if (event.type === 'device.revoked') phones.removed(event)
    else if (event.type === 'claim.signing') return claimFault(event)
    else if ('approval' in event) {
      approvals++
      const signIn = signInOf(event.signInId)
      const digest = jwsDigest(event.approval)
      const kind = signIn.approvals.has(digest) ? 'approval-repeated' : await judge(event)
      signIn.approvals.add(digest)
      if (event.type === 'signin.approved') signIn.approvedBy ??= event.deviceId
      if (event.type === 'signin.approved' && !kind) signIn.approved = true
      return kind
    }
    return undefined
  }

  for (let after = 0; ; ) {
    const page: { position: number; record: AuditRecord }[] = await store.read(after, AT_ONCE)
    const last = page.at(-1)
    if (!last) return { approvals, withoutKey, faults }
    after = last.position
    for (const { record } of page) {
      const kind = await take(record.event)
      if (kind) faults.push({ writer: record.writer, seq: record.seq, kind })
    }
  }
}

/** Whether what was signed is what the sign-in's other records say. */
function fits({ shown, decision }: z.infer<typeof Signed>, event: Decided, { opened, prompts }: InLog): boolean {
  return (
    shown.signInId === event.signInId &&
    shown.promptNumber === event.promptNumber &&
    shown.integrationId === event.integrationId &&
    decision === wanted[event.type] &&
    prompts.has(event.promptNumber) &&
    opened !== undefined &&
    isAbout(opened, event) &&
    shown.address === opened.address &&
    shown.browser === opened.browser
  )
}

type About = PersonKey & { integrationId: string }

const isAbout = (one: About, other: About): boolean =>
  samePerson(one, other) && one.integrationId === other.integrationId

/** The digits on the page are never on record; but what was wrong for a prompt cannot have been right for it. */
function numberFault(number: string | undefined, event: Decided, { wrong }: InLog): 'approval-number' | undefined {
  if (wanted[event.type] !== 'approve') return undefined
  const typed = `${event.promptNumber} ${number}`
  if (event.type === 'signin.wrong-number') {
    wrong.add(typed)
    return undefined
  }
  return number && /^\d+$/.test(number) && !wrong.has(typed) ? undefined : 'approval-number'
}

function sameKey(one: string, other: string): boolean {
  const [a, b] = [JSON.parse(one), JSON.parse(other)]
  return a.x === b.x && a.y === b.y
}
