import type { AuditStore } from '../audit/audit.ts'
import type { DeviceStore } from '../devices/devices.ts'
import type { InvitationStore } from '../devices/invitation.ts'
import type { ProofStore } from '../devices/proof.ts'
import type { IntegrationStore } from '../integrations/integrations.ts'
import type { KeyStore } from '../keys/keys.ts'
import type { Changes } from '../signin/changes.ts'
import type { SignInStore } from '../signin/sign-in-store.ts'

/** Every port, implemented by one engine. */
export type Stores = {
  signIns: SignInStore
  devices: DeviceStore
  invitations: InvitationStore
  proofs: ProofStore
  integrations: IntegrationStore
  keys: KeyStore
  audit: AuditStore
  changes: Changes
  /** Where the service was last started for: the command line must print the same addresses. */
  publicUrl: { note(url: string): Promise<void>; last(): Promise<string | undefined> }
  /** Whether the store answers now. */
  reachable(): Promise<boolean>
  close(): Promise<void>
}
