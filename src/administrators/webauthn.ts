// Passkey ceremonies (W3C Web Authentication Level 3, section 7), verified by @simplewebauthn/server.
import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { Clock } from '../base/clock.ts'
import { sha256 } from '../base/digest.ts'
import type { Random } from '../base/random.ts'
import { isRefusal, type Refusal, refuse } from '../base/refusal.ts'
import type { Administrator, Passkey } from './administrator.ts'
import type { ChallengeStore, PasskeyUse } from './administrator-store.ts'

export type { AuthenticationResponseJSON, RegistrationResponseJSON }

/** A challenge is good for one ceremony: of this purpose, for this link, session, or (at sign-in) nobody in particular. */
export type Ceremony = { purpose: 'enter' | 'sign-in' | 'step-up' | 'add'; subject: string }

/** What a new passkey tells of itself. */
export type Made = Pick<Passkey, 'id' | 'publicKey' | 'counter' | 'transports' | 'aaguid' | 'backedUp'>

/** How long a person may take to find their key. */
const CHALLENGE_LIFE = 5 * 60_000
/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812): what authenticators of today have. */
const ALGORITHMS = [-8, -7, -257]

/** The handle in a passkey that says whose it is (section 5.4.3); it tells a stranger nothing. */
export const userHandleOf = (administratorId: string): string => Buffer.from(administratorId).toString('base64url')

export type WebAuthn = ReturnType<typeof createWebAuthn>

export function createWebAuthn(options: {
  publicUrl: string
  challenges: ChallengeStore
  clock: Clock
  random: Random
}) {
  const { challenges, clock, random } = options
  const { hostname: rpID, origin } = new URL(options.publicUrl)
  // Loaded at the first ceremony: a service that nobody administers now need not hold it.
  const library = () => import('@simplewebauthn/server')

  const digestOf = (challenge: string): string => sha256(`challenge:${challenge}`)

  /** A challenge of 256 bits; its digest is kept until it is taken. Given as bytes, which the library encodes. */
  async function makeChallenge({ purpose, subject }: Ceremony): Promise<Uint8Array<ArrayBuffer>> {
    const challenge = new Uint8Array(random.bytes(32))
    const digest = digestOf(Buffer.from(challenge).toString('base64url'))
    await challenges.insert({ digest, purpose, subject, expiresAt: clock.now() + CHALLENGE_LIFE })
    return challenge
  }

  /** Whether a challenge is one of this ceremony's; from then on it is none. */
  const taken =
    ({ purpose, subject }: Ceremony) =>
    (challenge: string): Promise<boolean> =>
      challenges.take(digestOf(challenge), purpose, subject, clock.now())

  /** What the library throws is what the browser sent: a refusal, whose reason goes to the log. */
  async function verified<T>(verify: () => Promise<T | Refusal>): Promise<T | Refusal> {
    try {
      return await verify()
    } catch (error) {
      if (isRefusal(error)) return error
      return refuse('admin.passkey', (error as Error).message)
    }
  }

  return {
    async creationOptions(
      ceremony: Ceremony,
      who: Pick<Administrator, 'id' | 'name'>,
      known: Passkey[],
    ): Promise<PublicKeyCredentialCreationOptionsJSON> {
      const { generateRegistrationOptions } = await library()
      return generateRegistrationOptions({
        rpName: 'Countersign',
        rpID,
        userName: who.name,
        userDisplayName: who.name,
        userID: new Uint8Array(Buffer.from(who.id)),
        challenge: await makeChallenge(ceremony),
        timeout: CHALLENGE_LIFE,
        attestationType: 'none',
        authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
        excludeCredentials: known.map(({ id, transports }) => ({ id, transports })),
        supportedAlgorithmIDs: ALGORITHMS,
      })
    },

    /**
     * A new passkey, when (section 7.1)
     * - its challenge is one of this ceremony's, used once, and not over,
     * - it was made at our origin, for our host,
     * - the person was there, and was verified by the authenticator,
     * - its algorithm is one of ours.
     */
    verifyNew: (ceremony: Ceremony, response: RegistrationResponseJSON): Promise<Made | Refusal> =>
      verified(async () => {
        const { verifyRegistrationResponse } = await library()
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          response,
          expectedChallenge: taken(ceremony),
          expectedOrigin: origin,
          expectedRPID: rpID,
          requireUserVerification: true,
          supportedAlgorithmIDs: ALGORITHMS,
        })
        if (!verified || !registrationInfo) return refuse('admin.passkey', 'attestation does not verify')
        const { credential, aaguid, credentialBackedUp } = registrationInfo
        return {
          id: credential.id,
          publicKey: Buffer.from(credential.publicKey).toString('base64url'),
          counter: credential.counter,
          transports: credential.transports ?? [],
          aaguid,
          backedUp: credentialBackedUp,
        }
      }),

    /** `allow` names the passkeys to choose from; without it the authenticator shows whose it has for us. */
    async requestOptions(ceremony: Ceremony, allow: Passkey[] = []): Promise<PublicKeyCredentialRequestOptionsJSON> {
      const { generateAuthenticationOptions } = await library()
      return generateAuthenticationOptions({
        rpID,
        challenge: await makeChallenge(ceremony),
        timeout: CHALLENGE_LIFE,
        userVerification: 'required',
        allowCredentials: allow.map(({ id, transports }) => ({ id, transports })),
      })
    },

    /**
     * That this passkey signed now, when (section 7.2)
     * - its challenge is one of this ceremony's, used once, and not over,
     * - it signed at our origin, for our host,
     * - the person was there, and was verified by the authenticator,
     * - the signature is its key's.
     * Its counter is for the store to judge, in the write that lets somebody in: the library would judge it before the
     * signature, so that a stranger could make it look copied.
     */
    verifyUse: (
      ceremony: Ceremony,
      response: AuthenticationResponseJSON,
      passkey: Passkey,
    ): Promise<PasskeyUse | Refusal> =>
      verified(async () => {
        const { verifyAuthenticationResponse } = await library()
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          response,
          expectedChallenge: taken(ceremony),
          expectedOrigin: origin,
          expectedRPID: rpID,
          requireUserVerification: true,
          credential: {
            id: passkey.id,
            publicKey: new Uint8Array(Buffer.from(passkey.publicKey, 'base64url')),
            counter: 0,
          },
        })
        if (!verified) return refuse('admin.passkey', 'the signature is not this passkey’s')
        const { newCounter, credentialBackedUp } = authenticationInfo
        return { id: passkey.id, counter: newCounter, backedUp: credentialBackedUp, at: clock.now() }
      }),
  }
}
