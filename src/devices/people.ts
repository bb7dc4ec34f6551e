// The people of our tenants, as the administrator finds them: by their label, or by their object id.
import { z } from 'zod'
import type { Clock } from '../base/clock.ts'
import { fold } from '../base/fold.ts'
import { type Page, pageOf, pageSize, readCursor } from '../base/page.ts'
import type { PersonKey } from '../base/person.ts'
import type { Device } from './device.ts'
import type { InvitationStore } from './invitation.ts'

/** Somebody who signed in here once, or was invited. */
export type Person = PersonKey & {
  /** The integration of their last sign-in or invitation. */
  integrationId: string
  /** What Entra called them last; their object id until it did. */
  label: string
  /** The label as it is searched for, and what people are ordered by. */
  folded: string
  /** When they last began a sign-in, to the minute; null when they were only invited. */
  lastSignInAt: number | null
  firstSeenAt: number
}

export type DeviceRow = Device & {
  /** When it last approved a sign-in. */
  lastUsedAt: number | null
}

/** Those whose label begins so, or those with this very object id (one in each tenant at most). */
export type PersonSearch = { integrationId?: string | undefined } & ({ prefix: string } | { objectId: string })

/** Where a person stands in the order of labels. */
export type PersonPlace = PersonKey & { folded: string }

/** People are written down by the stores of sign-ins and invitations, in the moves that they appear in. */
export type PersonStore = {
  /** In the order of their labels, those after a place when it is given; at most `limit`. */
  search(search: PersonSearch, after: PersonPlace | null, limit: number): Promise<Person[]>
  find(person: PersonKey): Promise<Person | undefined>
  /** Revoked ones too, newest first. */
  devicesOf(person: PersonKey): Promise<DeviceRow[]>
}

/** What a cursor of `search` carries. */
export const PersonCursor = z.tuple([z.string().max(2048), z.string().max(128), z.string().max(128)])
const GUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

export type People = ReturnType<typeof createPeople>

/** What the administrator reads of people and their devices. */
export function createPeople(options: { store: PersonStore; invitations: InvitationStore; clock: Clock }) {
  const { store, invitations, clock } = options
  return {
    find: store.find,
    devicesOf: store.devicesOf,

    /** Those whose label begins with `text`, whatever its case and marks, by the page; or those whose object id it is. */
    async search(search: {
      text?: string | undefined
      integrationId?: string | undefined
      cursor?: string | undefined
      limit: number
    }): Promise<Page<Person>> {
      const { integrationId } = search
      const text = fold(search.text ?? '')
      const size = pageSize(search.limit)
      const place = readCursor(search.cursor, PersonCursor)
      const found = await store.search(
        GUID.test(text) ? { integrationId, objectId: text } : { integrationId, prefix: text },
        place && { folded: place[0], tenantId: place[1], objectId: place[2] },
        size + 1,
      )
      return pageOf(found, size, ({ folded, tenantId, objectId }) => [folded, tenantId, objectId])
    },

    /** The person's invitation that can still be used. Its code is known to nobody here. */
    async invitationOf(person: PersonKey): Promise<{ createdAt: number; expiresAt: number } | undefined> {
      const invitation = await invitations.findOpen(person, clock.now())
      return invitation && { createdAt: invitation.createdAt, expiresAt: invitation.expiresAt }
    },
  }
}
