import { describe, expect, test } from '@jest/globals'
import { cursorOf, MOST_ROWS } from '../../src/base/page.ts'
import { samePerson } from '../../src/base/person.ts'
import type { InvitationStore } from '../../src/devices/invitation.ts'
import { createPeople, type Person, type PersonPlace, type PersonStore } from '../../src/devices/people.ts'
import { ADA, ADA_ELSEWHERE, aDevice, anInvitation, GRACE, HOUR, NOW } from '../store/contract/material.ts'

const GUID = 'a0000000-0000-4000-8000-00000000000f'

const aPerson = (change: Partial<Person> = {}): Person => ({
  ...ADA,
  integrationId: 'integration-1',
  label: 'Ada',
  folded: 'ada',
  lastSignInAt: NOW,
  firstSeenAt: NOW,
  ...change,
})

const place = ({ folded, tenantId, objectId }: PersonPlace): string => [folded, tenantId, objectId].join('\u0000')

/** The capability over people in memory. What the stores make of the same questions is in test/store/contract. */
function peopleOf(known: Person[], now = NOW) {
  const asked: number[] = []
  const store: PersonStore = {
    async search(search, after, limit) {
      asked.push(limit)
      return known
        .filter(({ integrationId }) => [undefined, integrationId].includes(search.integrationId))
        .filter(({ folded, objectId }) =>
          'objectId' in search ? objectId === search.objectId : folded.startsWith(search.prefix),
        )
        .filter((person) => after === null || place(person) > place(after))
        .sort((one, other) => (place(one) < place(other) ? -1 : 1))
        .slice(0, limit)
    },
    find: async (key) => known.find((person) => samePerson(person, key)),
    devicesOf: async (key) => [{ ...aDevice(key), lastUsedAt: null }],
  }
  const invitation = anInvitation({ ...ADA, expiresAt: NOW + HOUR })
  const invitations: Partial<InvitationStore> = {
    findOpen: async (key, at) => (samePerson(key, ADA) && at < invitation.expiresAt ? invitation : undefined),
  }
  const people = createPeople({ store, invitations: invitations as InvitationStore, clock: { now: () => now } })
  return { people, asked }
}

describe('people', () => {
  const ada = aPerson()
  const adaElsewhere = aPerson({ ...ADA_ELSEWHERE, integrationId: 'integration-2' })
  const grace = aPerson({ ...GRACE, label: 'Grâce', folded: 'grace' })
  const zoe = aPerson({ objectId: GUID, label: 'Zoë', folded: 'zoe' })
  const zoeElsewhere = { ...zoe, tenantId: 'tenant-2', integrationId: 'integration-2' }
  const all = [zoe, grace, adaElsewhere, ada, zoeElsewhere]
  const { people } = peopleOf(all)
  const found = async (text?: string, integrationId?: string) =>
    (await people.search({ text, integrationId, limit: 10 })).rows

  test('are all there, in the order of their labels, when nothing is looked for', async () => {
    expect(await found()).toEqual([ada, adaElsewhere, grace, zoe, zoeElsewhere])
    expect(await found('')).toEqual(await found())
  })

  test('are found by how their label begins, whatever its case and marks, and by nothing else', async () => {
    expect(await found('GRÄ')).toEqual([grace])
    expect(await found(' zoe ')).toEqual([zoe, zoeElsewhere])
    expect(await found('race')).toEqual([])
  })

  test('are found by their whole object id, in every tenant, and not by a piece of it', async () => {
    expect(await found(GUID)).toEqual([zoe, zoeElsewhere])
    expect(await found(` ${GUID.toUpperCase()} `)).toEqual([zoe, zoeElsewhere])
    for (const text of [GUID.slice(0, -1), `${GUID}0`, `x${GUID}`, 'grace-of-another-kind'])
      expect(await found(text)).toEqual([])
  })

  test('of another integration are not shown to who asks for one', async () => {
    expect(await found('', 'integration-2')).toEqual([adaElsewhere, zoeElsewhere])
    expect(await found('ada', 'integration-1')).toEqual([ada])
    expect(await found(GUID, 'integration-2')).toEqual([zoeElsewhere])
  })

  test('come by the page, without a gap or a repeat where labels are the same', async () => {
    const read: Person[][] = []
    let cursor: string | undefined
    do {
      const page = await people.search({ limit: 2, cursor })
      read.push(page.rows)
      cursor = page.next ?? undefined
    } while (cursor && read.length < 9)
    expect(read).toEqual([[ada, adaElsewhere], [grace, zoe], [zoeElsewhere]])
  })

  test('end with the page that the last of them fills', async () => {
    expect(await people.search({ limit: all.length })).toMatchObject({ next: null })
    expect((await people.search({ limit: all.length - 1 })).next).not.toBeNull()
  })

  test.each([
    ['no cursor at all', 'no cursor'],
    ['of too few parts', cursorOf(['ada'])],
    ['of too many', cursorOf(['ada', 'tenant-1', 'ada', 'more'])],
    ['of numbers', cursorOf([1, 2, 3])],
    ['longer than any object id', cursorOf(['ada', 'tenant-1', 'x'.repeat(129)])],
  ])('begin anew when the cursor is not one of ours: %s', async (_what, cursor) => {
    expect((await people.search({ limit: 1, cursor })).rows).toEqual([ada])
  })

  test('are never read in greater numbers than a page may have', async () => {
    const { people, asked } = peopleOf(all)
    await people.search({ limit: 1_000_000 })
    await people.search({ limit: -1 })
    expect(asked).toEqual([MOST_ROWS + 1, 2])
  })

  test('are one for each tenant and object id, with the devices of that one', async () => {
    expect(await people.find(ADA_ELSEWHERE)).toEqual(adaElsewhere)
    expect(await people.find({ ...ADA, objectId: 'nobody' })).toBeUndefined()
    expect(await people.devicesOf(GRACE)).toMatchObject([GRACE])
  })
})

describe('the invitation of a person', () => {
  test('is told by its times alone: neither its code’s hash nor who holds it leaves here', async () => {
    expect(await peopleOf([]).people.invitationOf(ADA)).toEqual({ createdAt: NOW, expiresAt: NOW + HOUR })
  })

  test('is not told of another, and not once it cannot be used', async () => {
    expect(await peopleOf([]).people.invitationOf(ADA_ELSEWHERE)).toBeUndefined()
    expect(await peopleOf([], NOW + HOUR).people.invitationOf(ADA)).toBeUndefined()
  })
})
