// What the suites put into a store. What a test is about, it says; the rest has sane values.
import type { AuditEvent } from '../../../src/audit/events.ts'
import { randomId, systemRandom } from '../../../src/base/random.ts'
import type { Device } from '../../../src/devices/device.ts'
import type { Invitation } from '../../../src/devices/invitation.ts'
import type { Integration } from '../../../src/integrations/integration.ts'
import type { SigningKey } from '../../../src/keys/signing-key.ts'
import type { DeviceSubscription } from '../../../src/push/subscription.ts'
import type { PendingDevice, SignIn } from '../../../src/signin/sign-in.ts'
import type { Stores } from '../../../src/store/stores.ts'
import { aSignIn as anOpenSignIn, OPENED } from '../../signin/a-sign-in.ts'

/** The instant at which the suites' stories begin. */
export const NOW = OPENED
export const MINUTE = 60_000
export const HOUR = 60 * MINUTE

export const someId = (): string => randomId(systemRandom)

export const ADA = { tenantId: 'tenant-1', objectId: 'ada' }
export const GRACE = { tenantId: 'tenant-1', objectId: 'grace' }
/** The same object id in another tenant is another person. */
export const ADA_ELSEWHERE = { tenantId: 'tenant-2', objectId: 'ada' }

/** An open sign-in with an id of its own, and with text that a store must not stumble over. */
export const aSignIn = (change: Partial<SignIn> = {}): SignIn =>
  anOpenSignIn({ ...ADA, id: someId(), state: 'state <>&"\' ü 你好', ...change })

/** The sign-in after its next move. */
export const movedTo = (signIn: SignIn, change: Partial<SignIn> = {}): SignIn => ({
  ...signIn,
  ...change,
  version: signIn.version + 1,
})

export const aHint = (keepUntil = NOW + HOUR) => ({ digest: someId(), keepUntil })

const publicKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } as const

export const aPendingDevice = (change: Partial<PendingDevice> = {}): PendingDevice => ({
  id: someId(),
  thumbprint: someId(),
  publicKey,
  name: 'Pixel',
  platform: 'Android',
  boundAt: NOW,
  ...change,
})

export const aDevice = (change: Partial<Device> = {}): Device => ({
  ...aPendingDevice(),
  ...ADA,
  integrationId: 'integration-1',
  person: 'ada@contoso.example',
  boundBy: 'sign-in',
  state: 'active',
  revokedAt: null,
  ...change,
})

export const anInvitation = (change: Partial<Invitation> = {}): Invitation => ({
  ...ADA,
  id: someId(),
  integrationId: 'integration-1',
  salt: 'salt',
  codeHash: 'hash',
  createdAt: NOW,
  expiresAt: NOW + 72 * HOUR,
  heldBy: null,
  heldUntil: 0,
  spentAt: null,
  ...change,
})

export const anIntegration = (change: Partial<Integration> = {}): Integration => ({
  id: someId(),
  name: 'Contoso',
  tenantId: someId(),
  cloud: 'global',
  appId: 'app',
  clientId: someId(),
  enabled: true,
  askedBy: 'both',
  enrolment: 'first-use',
  firstUseUntil: null,
  digits: 6,
  namePersonInPush: false,
  firstUseDomains: [],
  hintAudience: { 'custom-control': 'either', 'external-mfa': 'app-id' },
  control: { id: 'RequireCountersignMfa', claimType: 'CountersignMfa', claimValue: 'MfaDone' },
  createdAt: NOW,
  version: 1,
  ...change,
})

export const aKey = (change: Partial<SigningKey> = {}): SigningKey => ({
  kid: someId(),
  n: 'n',
  e: 'AQAB',
  certificate: 'certificate',
  sealedPrivateKey: 'sealed',
  createdAt: NOW,
  signsFrom: NOW,
  withdrawnAt: null,
  ...change,
})

type EventOfSignIn = 'signin.expired' | 'signin.cancelled' | 'signin.answered' | 'ticket.issued'

/** An event of a sign-in. */
export const eventOf = (
  { id, integrationId, tenantId, objectId }: SignIn,
  type: EventOfSignIn = 'ticket.issued',
): AuditEvent => ({ type, signInId: id, integrationId, tenantId, objectId })

export const opened = (signIn: SignIn): AuditEvent => ({
  ...(eventOf(signIn) as AuditEvent & { type: 'ticket.issued' }),
  type: 'signin.opened',
  from: 'entra',
  contract: signIn.asked.contract,
  address: signIn.address,
  browser: signIn.browser,
})

export const revoked = ({ id, integrationId, tenantId, objectId }: Device, reason = 'lost'): AuditEvent => ({
  type: 'device.revoked',
  deviceId: id,
  integrationId,
  tenantId,
  objectId,
  by: 'command-line',
  reason,
})

export const invited = ({ id, integrationId, tenantId, objectId }: Invitation): AuditEvent => ({
  type: 'invitation.created',
  invitationId: id,
  integrationId,
  tenantId,
  objectId,
  by: 'command-line',
})

export const integrationEvent = (
  { id, tenantId }: Integration,
  type: 'integration.created' | 'integration.changed' | 'integration.removed' = 'integration.created',
): AuditEvent => ({ type, integrationId: id, tenantId, change: '{}', by: 'command-line' })

export const keyCreated = ({ kid }: SigningKey): AuditEvent => ({
  type: 'key.created',
  keyId: kid,
  signsFrom: '2027-01-15T08:00:00.000Z',
  by: 'service',
})

/** Where a device is reached: an address of its own. */
export const aSubscription = (deviceId: string): DeviceSubscription => ({
  deviceId,
  subscription: { kind: 'web', endpoint: `https://push.example/${someId()}`, p256dh: 'p256dh', auth: 'auth' },
  vapidKey: 'vapid-key',
  since: NOW,
})

const ofDevice = ({ deviceId, subscription }: DeviceSubscription) => ({
  ...{ ...ADA, deviceId, integrationId: 'integration-1' },
  via: subscription.kind,
})

export const subscribed = (subscription: DeviceSubscription): AuditEvent => ({
  ...ofDevice(subscription),
  type: 'push.subscribed',
})

export const retired = (subscription: DeviceSubscription, reason = 'gone'): AuditEvent => ({
  ...ofDevice(subscription),
  type: 'push.retired',
  reason,
})

/** Opens a sign-in that nothing stands in the way of. */
export async function openOne(stores: Stores, signIn = aSignIn(), hint = aHint()): Promise<SignIn> {
  const { kind } = await stores.signIns.open(signIn, hint, 1000, signIn.openedAt, [])
  if (kind !== 'opened') throw new Error(`the sign-in was not opened: ${kind}`)
  return signIn
}

/** Makes a device active, as an approval does. */
export async function activateOne(stores: Stores, device = aDevice()): Promise<Device> {
  const signIn = await openOne(stores)
  if (!(await stores.signIns.move(signIn, movedTo(signIn, { phase: 'approved' }), { events: [], activate: device })))
    throw new Error('the device was not activated')
  return device
}

export async function inviteOne(stores: Stores, invitation = anInvitation()): Promise<Invitation> {
  await stores.invitations.insert(invitation, invited(invitation))
  return invitation
}
