// The keys that sign our claims: their timetable, the announcement of a new one, and the page for an emergency.

import { mayRole } from '../../administrators/permissions.ts'
import { ANNOUNCED_FOR, type Phase } from '../../keys/rotation.ts'
import type { Scheduled } from '../../keys/schedule.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps, Wiring } from '../wiring.ts'
import { moment } from '../words.ts'
import { createEmergency } from './emergency.ts'

const PAGE = '/admin/keys'

const phaseWords: Record<Phase | 'withdrawn', { name: string; meaning: string }> = {
  announced: { name: 'Announced', meaning: 'published, and does not sign yet' },
  signing: { name: 'Signing', meaning: 'signs every claim' },
  retiring: { name: 'Retiring', meaning: 'signs no more, and is published for what it signed' },
  retired: { name: 'Retired', meaning: 'signs no more, and is not published' },
  withdrawn: { name: 'Withdrawn', meaning: 'was taken back at once, in an emergency or because the clock was wrong' },
}

/** A key as the page has it. What is planned is what the schedule will do, if nobody does it before. */
function rowOf({ key, phase, signsUntil, publishedUntil, certificateUntil, isPlanned }: Scheduled) {
  const isWithdrawn = key.withdrawnAt !== null
  return {
    ...{ kid: key.kid, isPlanned, isWithdrawn },
    ...{ phase, name: phaseWords[isWithdrawn ? 'withdrawn' : phase].name },
    publishedFrom: moment(key.createdAt),
    publishedUntil: moment(publishedUntil),
    signs: signsUntil === null ? null : { from: moment(key.signsFrom), until: moment(signsUntil) },
    certificateUntil: moment(certificateUntil),
  }
}

export function addKeysPages({ get, post, form, frame }: Wiring, { keys, publicUrl, clock }: AdminDeps): void {
  async function showIn({ administrator, show }: Signed, isTooLate: boolean): Promise<void> {
    const timetable = await keys.timetable()
    const isAnnounced = timetable.some(({ phase }) => phase === 'announced')
    const signing = timetable.find(({ phase }) => phase === 'signing')
    const isOwner = mayRole(administrator.role, 'keys')
    const rows = timetable.map(rowOf)
    show('admin/keys/keys', {
      title: 'Keys',
      // The newest first, as they matter.
      keys: rows.toReversed(),
      phases: Object.entries(phaseWords)
        .filter(([phase]) => phase !== 'withdrawn' || rows.some(({ isWithdrawn }) => isWithdrawn))
        .map(([, words]) => words),
      jwksUrl: `${publicUrl}/entra/keys`,
      isAnnounced,
      isTooLate,
      mayAnnounce: isOwner && !isAnnounced,
      mayReplace: isOwner && signing !== undefined,
      takesOver: moment(clock.now() + ANNOUNCED_FOR),
      next: signing?.isPlanned && signing.signsUntil !== null ? moment(signing.signsUntil - ANNOUNCED_FOR) : null,
    })
  }

  const describe: Describe = () => 'Announce a new signing key, which takes over in 48 hours'
  const announce: Handler = async (signed) => {
    const key = await keys.announce(signed.by)
    if (key) return signed.done(PAGE, 'key-announced')
    signed.response.status(409)
    return showIn(signed, true)
  }

  get(
    PAGE,
    frame.only('read', (signed) => showIn(signed, false)),
  )
  post(PAGE, form, frame.dangerous('keys', describe, announce))

  const emergency = createEmergency(keys, PAGE)
  get(`${PAGE}/emergency`, frame.only('keys', emergency.show))
  post(`${PAGE}/emergency`, form, frame.dangerous('keys', emergency.describe, emergency.replace))
}
