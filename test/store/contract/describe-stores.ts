import { describeAuditStore } from './audit-store.ts'
import { describeDeviceStore } from './device-store.ts'
import { describeIntegrationStore } from './integration-store.ts'
import { describeInvitationStore } from './invitation-store.ts'
import { describeKeyStore } from './key-store.ts'
import type { OpenStore } from './opened-store.ts'
import { describeProofStore } from './proof-store.ts'
import { describeSignInMoves } from './sign-in-moves.ts'
import { describeSignInStore } from './sign-in-store.ts'

/** Every port's suite. Each engine passes all of them. */
export function describeStores(name: string, open: OpenStore): void {
  describeSignInStore(name, open)
  describeSignInMoves(name, open)
  describeDeviceStore(name, open)
  describeInvitationStore(name, open)
  describeProofStore(name, open)
  describeIntegrationStore(name, open)
  describeKeyStore(name, open)
  describeAuditStore(name, open)
}
