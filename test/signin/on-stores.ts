// The capability on given stores, and what a door would ask of it.
import type { Clock } from '../../src/base/clock.ts'
import { systemRandom } from '../../src/base/random.ts'
import { refuse } from '../../src/base/refusal.ts'
import { createDevices, type Devices } from '../../src/devices/devices.ts'
import type { SignedDecision } from '../../src/signin/decide.ts'
import type { BindBy, BindRequest } from '../../src/signin/enrol.ts'
import type { OpenRequest } from '../../src/signin/open.ts'
import { createSignIns, type SignIns } from '../../src/signin/sign-ins.ts'
import type { Stores } from '../../src/store/stores.ts'
import { aSignIn, OPENED } from './a-sign-in.ts'
import { silentPush } from './silent-push.ts'

/** Sign-ins and devices on these stores. Nobody is woken by them. */
export function signInsOn(
  stores: Stores,
  clock: Clock,
  replaced: Partial<Devices> = {},
): { signIns: SignIns; devices: Devices } {
  const { invitations, changes } = stores
  const random = systemRandom
  const devices = { ...createDevices({ store: stores.devices, invitations, clock, random }), ...replaced }
  return {
    devices,
    signIns: createSignIns({ store: stores.signIns, devices, push: silentPush, changes, clock, random }),
  }
}

/** A verified request of Entra, with a hint of its own, under first use. A test bends what it is about. */
export function anOpenRequest(clock: Clock, change: Partial<OpenRequest> = {}): OpenRequest {
  const { tenantId, objectId, integrationId, integrationName, person, subject, clientId, asked } = aSignIn()
  const { redirectUri, state, browser, address, place, application, clientRequestId } = aSignIn()
  return {
    ...{ tenantId, objectId, integrationId, integrationName, person, subject, clientId, asked },
    ...{ redirectUri, state, browser, address, place, application, clientRequestId },
    nonce: crypto.randomUUID(),
    from: 'entra',
    requestDigest: crypto.randomUUID(),
    policy: { enrolment: 'first-use', firstUseUntil: null, firstUseDomains: [], digits: 6, namePersonInPush: false },
    hint: { digest: crypto.randomUUID(), keepUntil: clock.now() + 3_600_000, keyId: 'k', issuer: 'i' },
    ...change,
  }
}

/** The proof of a request that a phone makes: of one of its own, unless a test says which. */
export const aProof = (
  { proofs }: Pick<Stores, 'proofs'>,
  id: string = crypto.randomUUID(),
  digest = 'a request',
): SignedDecision['proof'] => ({
  used: () => ({ id, digest, expiresAt: OPENED + 600_000 }),
  remember: async () =>
    (await proofs.remember(id, digest, OPENED + 600_000)) === 'other'
      ? refuse('proof.refused', 'jti was used for another request')
      : true,
})

/** What a phone that redeems a ticket or a code sends. */
export const aBindRequest = (thumbprint: string, by: BindBy): BindRequest => ({
  by,
  thumbprint,
  publicKey: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
  name: 'Phone',
  platform: 'Test',
  address: '192.0.2.2',
})
