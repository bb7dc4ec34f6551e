// The keys that sign our claims: what is published since when, and the announcement of a new one.

import { mayRole } from '../../administrators/permissions.ts'
import { ANNOUNCED_FOR, type Phase, publishedUntil } from '../../keys/rotation.ts'
import type { Describe, Handler, Signed } from '../frame.ts'
import type { AdminDeps, Wiring } from '../wiring.ts'
import { moment } from '../words.ts'

const PAGE = '/admin/keys'

const phaseWords: Record<Phase, { name: string; meaning: string; isPublished: boolean }> = {
  announced: { name: 'Announced', meaning: 'published, and does not sign yet', isPublished: true },
  signing: { name: 'Signing', meaning: 'signs every claim', isPublished: true },
  retiring: { name: 'Retiring', meaning: 'signs no more, and is published for what it signed', isPublished: true },
  retired: { name: 'Retired', meaning: 'signs no more, and is not published', isPublished: false },
}

const phases: readonly Phase[] = ['announced', 'signing', 'retiring', 'retired']

export function addKeysPages({ get, post, form, frame }: Wiring, { keys, publicUrl, clock }: AdminDeps): void {
  async function showIn({ administrator, show }: Signed, isTooLate: boolean): Promise<void> {
    const timetable = await keys.timetable()
    const isAnnounced = timetable.some(({ phase }) => phase === 'announced')
    const rows = timetable.map(({ key, phase }, i) => {
      const successor = timetable[i + 1]?.key
      return {
        ...{ kid: key.kid, phase, ...phaseWords[phase] },
        created: moment(key.createdAt),
        signsFrom: moment(key.signsFrom),
        until: successor ? moment(publishedUntil(successor)) : null,
      }
    })
    show('admin/keys/keys', {
      title: 'Keys',
      // The newest first, as they matter.
      keys: rows.reverse(),
      phases: phases.map((phase) => phaseWords[phase]),
      jwksUrl: `${publicUrl}/entra/keys`,
      isAnnounced,
      isTooLate,
      mayAnnounce: mayRole(administrator.role, 'keys') && !isAnnounced,
      takesOver: moment(clock.now() + ANNOUNCED_FOR),
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
}
