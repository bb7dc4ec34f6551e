// A key is in wrong hands: the page says what replacing it at once will break, and has it typed which key is meant.
import { refuse } from '../../base/refusal.ts'
import { emergencyWarnings, everydayRotation } from '../../keys/emergency.ts'
import type { Keys } from '../../keys/keys.ts'
import type { Describe, Handler, Signed } from '../frame.ts'

/** So many characters of a key's id are typed: enough to have looked at it. */
const TYPED = 6

export function createEmergency(keys: Pick<Keys, 'timetable' | 'replaceAtOnce'>, page: string) {
  const replaced = () => refuse('key.replaced', 'another key signs by now')

  async function showIn({ fields, show }: Signed, mistake: string | null): Promise<void> {
    const timetable = await keys.timetable()
    show('admin/keys/emergency', {
      title: 'Replace the keys at once',
      signing: timetable.find(({ phase }) => phase === 'signing')?.key.kid,
      others: timetable.filter(({ phase }) => phase === 'announced' || phase === 'retiring').map(({ key }) => key.kid),
      ...{ page, mistake, everydayRotation, typedLength: TYPED, typed: fields.get('typed') ?? '' },
      warnings: emergencyWarnings,
    })
  }

  /** The key that is meant: the page named it, and somebody typed how it begins. Null: the page has said that it is not. */
  async function meantBy(signed: Signed): Promise<string | null> {
    const { fields, response } = signed
    const kid = fields.get('kid') ?? ''
    const typed = (fields.get('typed') ?? '').trim()
    if (kid.length > TYPED && (typed === kid.slice(0, TYPED) || typed === kid)) return kid
    response.status(400)
    const mistake =
      typed === ''
        ? `Type the first ${TYPED} characters of the key’s id.`
        : 'The key’s id does not begin so. Capital and small letters differ.'
    await showIn(signed, mistake)
    return null
  }

  const show: Handler = (signed) => showIn(signed, null)
  const describe: Describe = async (signed) =>
    (await meantBy(signed)) && 'Replace the signing keys at once: sign-ins fail until Entra has read the new one'
  const replace: Handler = async (signed) => {
    const kid = await meantBy(signed)
    if (kid === null) return
    const key = await keys.replaceAtOnce(kid, signed.by)
    return key ? signed.done(page, 'keys-replaced') : signed.refused(replaced())
  }
  return { show, describe, replace }
}
