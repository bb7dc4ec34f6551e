// Every decision on record is a phone's own signature: who changes one, or puts it elsewhere, is found.
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { AuditEvent, AuditRecord } from '../../src/audit/events.ts'
import { verifyEvidence } from '../../src/audit/verify-evidence.ts'
import { createLogVerification } from '../../src/audit/verify-whole-log.ts'
import { openRecordedApproval } from '../../src/devices/approval.ts'
import { createPhone, type Phone } from '../phone-simulator/phone.ts'
import { digitsOn, ticketOn } from '../support/browser.ts'
import { type Countersign, GRACE, GUEST, startCountersign } from '../support/countersign.ts'
import { approve, begin, enrol, finish, reload, shownOn, wrongDigits } from '../support/stories.ts'

let countersign: Countersign
let records: { position: number; record: AuditRecord }[]
beforeAll(async () => {
  countersign = await startCountersign()
  const ada = await enrol(countersign)
  await enrol(countersign, { person: GRACE })
  const wrong = await begin(countersign)
  await ada.approve(await shownOn(ada, wrong), wrongDigits(digitsOn(await reload(wrong))))
  await approve(ada, wrong)
  await finish(countersign, wrong)
  const denied = await begin(countersign)
  await ada.cancel(await shownOn(ada, denied))
  await bindAndDeny(await createPhone({ url: countersign.url }))
  const { devices, stores } = countersign.service.capabilities
  const [device] = await devices.activeOf({ tenantId: countersign.integration.tenantId, objectId: GRACE.objectId })
  await devices.revoke(device!, 'command-line', 'lost')
  records = await stores.audit.read(0, 10_000)
})
afterAll(() => countersign.close())

/** A first sign-in that its own new phone does not want: the phone is never bound. */
async function bindAndDeny(phone: Phone): Promise<void> {
  const begun = await begin(countersign, { person: GUEST })
  await phone.bind({ ticket: ticketOn(begun.page) ?? '' })
  await phone.cancel(await shownOn(phone, begun))
}

const deviceKey = async (id: string): Promise<string | undefined> => {
  const device = await countersign.service.capabilities.devices.find(id)
  return device && JSON.stringify(device.publicKey)
}
type Change = (event: AuditEvent, index: number) => AuditEvent | undefined
/** What is found in the log as somebody changed it who computed all chains anew. */
async function found(change: Change = (event) => event, keys = deviceKey) {
  const changed = records.flatMap(({ position, record }, index) => {
    const event = change(record.event, index)
    return event ? [{ position, record: { ...record, event } }] : []
  })
  const read = async (after: number, limit: number) =>
    changed.filter(({ position }) => position > after).slice(0, limit)
  return verifyEvidence({ read }, { openApproval: openRecordedApproval, deviceKey: keys })
}
const kinds = async (change: Change, keys = deviceKey) => (await found(change, keys)).faults.map(({ kind }) => kind)
const all = (type: AuditEvent['type']) =>
  records.map(({ record }) => record.event).filter((event) => event.type === type) as (AuditEvent & {
    approval: string
  })[]
const changing = (
  type: AuditEvent['type'],
  which: number,
  change: (event: AuditEvent) => object | undefined,
): Change => {
  const target = all(type)[which] as AuditEvent
  return (event) => (event === target ? (change(event) as AuditEvent | undefined) : event)
}

describe('the evidence of phones', () => {
  test('verifies, of revoked phones and of such as were never bound too', async () => {
    expect(await found()).toEqual({ approvals: 6, withoutKey: 0, faults: [] })
    expect(await countersign.service.capabilities.logVerification()).toMatchObject({ approvals: 6, faults: [] })
  })

  test('is verified by the store’s keys where a record of before has none', async () => {
    const without = (event: AuditEvent) => {
      if (event.type !== 'ticket.redeemed') return event
      const { publicKey: _before, ...rest } = event
      return rest as AuditEvent
    }
    expect(await found(without)).toEqual({ approvals: 6, withoutKey: 1, faults: [] })
  })

  test('swapped with that of another sign-in is named', async () => {
    const [one, two] = all('signin.approved')
    const swapped: Change = (event) =>
      event === one ? { ...one, approval: two!.approval } : event === two ? { ...two, approval: one!.approval } : event
    expect(await kinds(swapped)).toContain('approval-not-signed')
    const [, , third] = all('signin.approved')
    // Of the same phone: its signature is right, what it signed is not.
    const sameDevice = changing('signin.approved', 2, (event) => ({ ...event, approval: one!.approval }))
    expect(third!.approval).not.toBe(one!.approval)
    expect(await kinds(sameDevice)).toEqual(['approval-of-another', 'claim-without-approval'])
  })

  test('of a wrong number or a denial that is called an approval is named', async () => {
    const wrong = all('signin.wrong-number')[0]!
    expect(await kinds(changing('signin.approved', 2, (event) => ({ ...event, approval: wrong.approval })))).toEqual([
      ...['approval-repeated', 'claim-without-approval'],
    ])
    const turned = changing('signin.denied', 0, (event) => ({ ...event, type: 'signin.approved', method: 'push' }))
    expect(await kinds(turned)).toEqual(['approval-of-another'])
    const hidden: Change = (event) =>
      event.type === 'signin.wrong-number'
        ? ({ ...event, type: 'signin.approved', method: 'push' } as AuditEvent)
        : event
    // Nothing but the order tells that the number was wrong: the approval that follows would be a second one.
    expect(await kinds(hidden)).toEqual(['second-approval'])
  })

  test('cut, or with a bit changed, is named', async () => {
    const cut = changing('signin.denied', 0, (event) => ({ ...event, approval: 'a.b.c' }))
    expect(await kinds(cut)).toEqual(['approval-not-signed'])
  })

  test.each<[string, (event: AuditEvent) => object]>([
    [
      'person',
      (event) => ({ ...event, deviceId: (all('signin.approved')[1] as unknown as { deviceId: string }).deviceId }),
    ],
    ['prompt', (event) => ({ ...event, promptNumber: 7 })],
  ])('put under another %s is named', async (what, change) => {
    const named = await kinds(changing('signin.denied', 0, change))
    expect(named).toEqual([what === 'person' ? 'phone-of-another' : 'approval-of-another'])
  })

  test('of a sign-in whose opening says that somebody else asked is named', async () => {
    const elsewhere: Change = (event) => (event.type === 'signin.opened' ? { ...event, address: '203.0.113.9' } : event)
    expect((await kinds(elsewhere)).filter((kind) => kind === 'approval-of-another')).toHaveLength(6)
  })

  const ofAda = (event: AuditEvent): event is AuditEvent & { deviceId: string; signInId: string } =>
    'deviceId' in event && event.deviceId === (all('signin.approved')[0] as unknown as { deviceId: string }).deviceId
  const grace = { objectId: GRACE.objectId }

  test('of a phone that was put into the store, and is bound in no record, is named', async () => {
    const neverBound: Change = (event) => (event.type === 'ticket.redeemed' && ofAda(event) ? undefined : event)
    const named = await kinds(neverBound)
    expect(named.filter((kind) => kind === 'phone-not-bound')).toHaveLength(4)
    expect(named.filter((kind) => kind === 'claim-without-approval')).toHaveLength(2)
  })

  test('of a phone that was offered, and bound by no approval of its own, is named', async () => {
    const neverActive: Change = (event) => (event.type === 'device.activated' && ofAda(event) ? undefined : event)
    // Its first sign-in it may decide; none that follows.
    expect((await kinds(neverActive)).filter((kind) => kind === 'phone-not-bound')).toHaveLength(3)
    const [first] = all('signin.approved')
    const unapproved = await kinds((event) => (event === first ? undefined : event))
    expect(unapproved.filter((kind) => kind === 'phone-not-bound')).toHaveLength(3)
  })

  test('of a phone that was made another person’s in the store is named', async () => {
    const theirs: Change = (event) =>
      event.type === 'ticket.redeemed' && ofAda(event) ? { ...event, ...grace } : event
    expect((await kinds(theirs)).filter((kind) => kind === 'phone-of-another')).toHaveLength(4)
  })

  test('of a sign-in that was opened for somebody else is named', async () => {
    const third = all('signin.approved')[2] as unknown as { signInId: string }
    const others: Change = (event) =>
      event.type === 'signin.opened' && event.signInId === third.signInId ? { ...event, ...grace } : event
    expect(await kinds(others)).toEqual(['approval-of-another', 'approval-of-another', 'claim-without-approval'])
  })

  test('of a phone that was removed before is named', async () => {
    const removed = all('device.revoked')[0]!
    const { deviceId } = all('signin.approved')[0] as unknown as { deviceId: string }
    const [bound] = all('device.activated')
    let place: number | undefined
    const early: Change = (event, index) => {
      if (event === bound) place = index + 1
      return index === place ? ({ ...removed, deviceId } as AuditEvent) : event
    }
    expect((await kinds(early)).filter((kind) => kind === 'phone-removed')).toHaveLength(3)
  })

  test('bears one claim, and about its own person', async () => {
    const claims = all('claim.signing')
    const another = changing('claim.signing', 2, (event) => ({ ...event, ...grace }))
    expect(await kinds(another)).toEqual(['claim-of-another'])
    const signed = all('claim.signed')[2]
    expect(await kinds((event) => (event === signed ? claims[2] : event))).toEqual(['second-claim'])
  })

  test('taken away leaves a claim that nobody approved', async () => {
    expect(await kinds(changing('signin.approved', 2, () => undefined))).toEqual(['claim-without-approval'])
  })

  test('of a phone whose key was replaced in the store is named', async () => {
    const stranger = JSON.stringify({ kty: 'EC', crv: 'P-256', x: 'x', y: 'y' })
    const replaced = await kinds(
      (event) => event,
      async () => stranger,
    )
    expect(replaced.filter((kind) => kind === 'device-key-changed')).toHaveLength(6)
    const gone = (event: AuditEvent) => {
      const { publicKey: _gone, ...rest } = event as AuditEvent & { publicKey?: string }
      return rest as AuditEvent
    }
    expect(await kinds(gone, async () => undefined)).toContain('approval-without-key')
  })
})

test('the whole verification reads once more what a record of another node, durable just then, makes whole', async () => {
  const { stores, checkpoints } = countersign.service.capabilities
  const approval = records.findLast(({ record }) => record.event.type === 'signin.approved')
  let isThere = false
  const verify = createLogVerification({
    ...{
      checkpoints: stores.checkpoints,
      publicKey: checkpoints.publicKey,
      openApproval: openRecordedApproval,
      deviceKey,
    },
    audit: {
      chains: stores.audit.chains,
      async read(after, limit) {
        const page = await stores.audit.read(after, limit)
        const seen = page.filter(({ position }) => isThere || position !== approval?.position)
        if (seen.length === 0) isThere = true
        return seen
      },
    },
  })
  expect(await verify()).toMatchObject({ faults: [] })
  expect(isThere).toBe(true)
})

test('the whole verification names a phone’s key that was replaced in the store', async () => {
  const database = new DatabaseSync(join(countersign.dataDir, 'countersign.sqlite'), { timeout: 5000 })
  database.exec(`UPDATE device SET body = json_set(body, '$.publicKey.x', 'AAAA')`)
  database.close()
  const { faults } = await countersign.service.capabilities.logVerification()
  expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(['device-key-changed', 'claim-without-approval']))
})
