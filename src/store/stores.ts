import type { AdministratorStores } from '../administrators/administrator-store.ts'
import type { AuditStore } from '../audit/audit.ts'
import type { AuditReadingStore } from '../audit/audit-reading.ts'
import type { CheckpointStore } from '../audit/checkpoints.ts'
import type { LimitStore } from '../base/limit-store.ts'
import type { DeviceStore } from '../devices/devices.ts'
import type { InvitationStore } from '../devices/invitation.ts'
import type { PersonStore } from '../devices/people.ts'
import type { ProofStore } from '../devices/proof.ts'
import type { ForwardingStore } from '../forwarding/forwarding-store.ts'
import type { IntegrationStore } from '../integrations/integrations.ts'
import type { LastHintStore } from '../integrations/last-hints.ts'
import type { KeyStore } from '../keys/keys.ts'
import type { SealedStore } from '../keys/reseal.ts'
import type { RingStore } from '../push/ring.ts'
import type { SubscriptionStore } from '../push/subscriptions.ts'
import type { VapidStore } from '../push/vapid.ts'
import type { Changes } from '../signin/changes.ts'
import type { SignInHistoryStore } from '../signin/history.ts'
import type { SignInStore } from '../signin/sign-in-store.ts'

export type StoreFacts = { engine: string; schema: number; bytes: number }

/** Every port, implemented by one engine. */
export type Stores = {
  signIns: SignInStore
  devices: DeviceStore
  invitations: InvitationStore
  proofs: ProofStore
  integrations: IntegrationStore
  keys: KeyStore
  /** Whatever is kept sealed, across all of them. */
  sealed: SealedStore
  subscriptions: SubscriptionStore
  rings: RingStore
  vapid: VapidStore
  administration: AdministratorStores
  limits: LimitStore
  audit: AuditStore
  auditReading: AuditReadingStore
  checkpoints: CheckpointStore
  forwarding: ForwardingStore
  signInHistory: SignInHistoryStore
  people: PersonStore
  lastHints: LastHintStore
  changes: Changes
  /** Where the service was last started for: the command line must print the same addresses. */
  publicUrl: { note(url: string): Promise<void>; last(): Promise<string | undefined> }
  /** What it is, for the administrator. */
  facts(): Promise<StoreFacts>
  /** Whether the store answers now. */
  reachable(): Promise<boolean>
  close(): Promise<void>
}
