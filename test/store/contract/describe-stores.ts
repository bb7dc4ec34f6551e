import { describeAdministratorsOfEntra } from './administrator-entra.ts'
import { describeAdministratorSessions } from './administrator-sessions.ts'
import { describeAdministratorStore } from './administrator-store.ts'
import { describeAuditStore } from './audit-store.ts'
import { describeCheckpointStore } from './checkpoint-store.ts'
import { describeAuditReading } from './console-audit-reading.ts'
import { describeLastHints } from './console-last-hints.ts'
import { describePeople } from './console-people.ts'
import { describeSignInHistory } from './console-sign-in-history.ts'
import { describeDeviceStore } from './device-store.ts'
import { describeForwardingStore } from './forwarding-store.ts'
import { describeIntegrationStore } from './integration-store.ts'
import { describeInvitationStore } from './invitation-store.ts'
import { describeKeyStore } from './key-store.ts'
import type { OpenStore } from './opened-store.ts'
import { describeProofStore } from './proof-store.ts'
import { describeRingStore } from './ring-store.ts'
import { describeSealedStore } from './sealed-store.ts'
import { describeSignInMoves } from './sign-in-moves.ts'
import { describeSignInOnce } from './sign-in-once.ts'
import { describeSignInStore } from './sign-in-store.ts'
import { describeSubscriptionStore } from './subscription-store.ts'
import { describeTokenStore } from './token-store.ts'
import { describeTook } from './took.ts'
import { describeVapidStore } from './vapid-store.ts'

/** Every port's suite. Each engine passes all of them. */
export function describeStores(name: string, open: OpenStore): void {
  describeSignInStore(name, open)
  describeSignInMoves(name, open)
  describeSignInOnce(name, open)
  describeDeviceStore(name, open)
  describeInvitationStore(name, open)
  describeProofStore(name, open)
  describeIntegrationStore(name, open)
  describeKeyStore(name, open)
  describeSealedStore(name, open)
  describeAuditStore(name, open)
  describeCheckpointStore(name, open)
  describeForwardingStore(name, open)
  describeSubscriptionStore(name, open)
  describeRingStore(name, open)
  describeVapidStore(name, open)
  describeAdministratorStore(name, open)
  describeAdministratorSessions(name, open)
  describeAdministratorsOfEntra(name, open)
  describeTokenStore(name, open)
  describeSignInHistory(name, open)
  describePeople(name, open)
  describeAuditReading(name, open)
  describeLastHints(name, open)
  describeTook(name, open)
}
