// Connecting a tenant: a name and a Directory ID, with what the app registration in Entra needs beside it.
import type { Integration } from '../../integrations/integration.ts'
import { type Mistake, readNewIntegration, whyNotConnectable } from '../../integrations/read-integration.ts'
import type { Handler, Signed } from '../frame.ts'
import type { AdminDeps } from '../wiring.ts'
import { cloudWords } from './cloud-words.ts'
import { pageOf } from './found.ts'
import { fieldsOf, NEW_FIELDS, summaryOf, type Typed, typedIn } from './typed.ts'

type Deps = Pick<AdminDeps, 'integrations' | 'clock' | 'publicUrl' | 'hasLocalCloud'>

export function createConnect({ integrations, clock, publicUrl, hasLocalCloud }: Deps) {
  const page = ({ show }: Signed, typed: Typed, mistakes: readonly Mistake[] = []) =>
    show('admin/integrations/connect', {
      title: 'Connect a tenant',
      fields: fieldsOf(NEW_FIELDS, typed, { mistakes, hasLocalCloud }),
      mistakes: summaryOf(mistakes),
      replyUrl: `${publicUrl}/entra/authorize`,
      adminCenter: cloudWords.global.adminCenter,
      isPublic: publicUrl.startsWith('https:'),
    })

  /** The tenant connected, or why not. */
  async function connect(typed: Typed, { by }: Signed): Promise<Integration | Mistake[]> {
    const wanted = readNewIntegration({ ...typed, firstUseUntil: typed.firstUseUntil || null }, clock.now())
    if (Array.isArray(wanted)) return wanted
    const mistake = whyNotConnectable(wanted, { hasLocalCloud })
    if (mistake) return [mistake]
    const created = await integrations.create(wanted, by)
    return created === 'tenant-taken' ? [{ setting: 'tenantId', problem: 'is connected already' }] : created
  }

  return {
    show: ((signed) => page(signed, { cloud: 'global', enrolment: 'first-use' })) as Handler,
    connect: (async (signed) => {
      const typed = typedIn(signed.fields, NEW_FIELDS)
      const connected = await connect(typed, signed)
      if (!Array.isArray(connected)) return signed.done(pageOf(connected), 'integration-connected')
      signed.response.status(400)
      page(signed, typed, connected)
    }) as Handler,
  }
}
