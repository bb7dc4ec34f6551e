// What happened to and by administrators, as part of the closed list in events.ts.
import type { Actor } from './events.ts'

type OfOne = { administratorId: string; by: Actor }

export type AdministratorEvent =
  // A one-time link was made: for somebody new, or for somebody who lost their passkey.
  | (OfOne & { type: 'administrator.link-made'; linkId: string; name: string; role: string; isNew: boolean })
  // It was spent. `address` is whose it was.
  | (OfOne & {
      type: 'administrator.created'
      name: string
      role: string
      via: string
      /** The link that let them in, or the account in Entra: tenant id / object id. */
      linkId?: string
      entraAccount?: string
      address: string
    })
  | (OfOne & { type: 'administrator.recovered'; linkId: string; address: string })
  | (OfOne & { type: 'administrator.changed'; change: string })
  | (OfOne & { type: 'administrator.disabled' | 'administrator.enabled' | 'administrator.removed' })
  | (OfOne & {
      type: 'administrator.passkey-added' | 'administrator.passkey-renamed' | 'administrator.passkey-removed'
      passkeyId: string
      name: string
    })
  // A proven passkey that was refused all the same: its administrator is disabled, or it may have been copied.
  | (OfOne & { type: 'administrator.refused'; passkeyId: string; reason: string; address: string })
  // An account that Entra vouched for and that is not let in: it has no role, is switched off here, or is not who began.
  | {
      type: 'administrator.entra-refused'
      entraAccount: string
      name: string
      reason: string
      address: string
      by: Actor
    }
  // How administrators sign in with Entra was changed. Never the secret: only whether there is a new one.
  | { type: 'entra-sign-in.changed'; tenantId: string; clientId: string; change: string; by: Actor }
  | (OfOne & { type: 'administrator.signed-in'; sessionId: string; via: string; address: string; browser: string })
  | (OfOne & { type: 'administrator.stepped-up'; sessionId: string; via: string; address: string })
  | (OfOne & { type: 'administrator.signed-out' | 'administrator.session-ended'; sessionId: string })
  | (OfOne & { type: 'administrator.sessions-ended' })
  // A machine's access: what it may, and until when. What is done with it names it (`by`).
  | { type: 'token.created'; tokenId: string; name: string; scopes: string; expiresAt: string; by: Actor }
  | { type: 'token.revoked'; tokenId: string; name: string; by: Actor }
