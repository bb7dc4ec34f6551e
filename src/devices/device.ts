import type { PersonKey } from '../base/person.ts'

/** A P-256 public key as RFC 7518 section 6.2.1 writes it. */
export type DevicePublicKey = { kty: 'EC'; crv: 'P-256'; x: string; y: string }

/** A phone or browser whose key is bound to a person. A pending one lives inside the sign-in that binds it. */
export type Device = PersonKey & {
  id: string
  integrationId: string
  /** RFC 7638 thumbprint of the key: what a proof is recognised by. */
  thumbprint: string
  publicKey: DevicePublicKey
  name: string
  platform: string
  /** The account's label when it was bound: for lists, never for matching. */
  person: string
  boundAt: number
  boundBy: string
  state: 'active' | 'revoked'
  revokedAt: number | null
}
