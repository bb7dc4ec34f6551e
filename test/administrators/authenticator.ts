// An authenticator in software: makes passkeys and signs with them, as a browser hands it over. TEST USAGE ONLY.
// Formats: W3C Web Authentication Level 3, sections 6.1 (authenticator data), 6.5 (attestation), 5.8.1 (client data).
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

export type CreationOptions = { challenge: string; user: { id: string }; rp: { id?: string } }
export type RequestOptions = { challenge: string; rpId?: string; allowCredentials?: { id: string }[] }

/** What a test may want otherwise than an honest browser and authenticator do it. */
export type Otherwise = {
  origin?: string
  rpId?: string
  type?: string
  challenge?: string
  /** Whether the person's PIN or finger was checked. */
  verified?: boolean
  counter?: number
  userHandle?: string | undefined
  signWith?: KeyObject
}

type Credential = { id: string; userHandle: string; rpId: string; privateKey: KeyObject; x: Buffer; y: Buffer }

const PRESENT = 0x01
const VERIFIED = 0x04
const ATTESTED = 0x40

const sha256 = (data: string | Buffer): Buffer => createHash('sha256').update(data).digest()

export type Authenticator = ReturnType<typeof createAuthenticator>

export function createAuthenticator(origin: string) {
  const credentials: Credential[] = []
  /** 0: it does not count, as those that sync do not. */
  let counter = 0

  const clientData = (type: string, challenge: string, otherwise: Otherwise): Buffer =>
    Buffer.from(
      JSON.stringify({
        type: otherwise.type ?? type,
        challenge: otherwise.challenge ?? challenge,
        origin: otherwise.origin ?? origin,
        crossOrigin: false,
      }),
    )

  function authenticatorData(rpId: string, otherwise: Otherwise, attested: Buffer = Buffer.alloc(0)): Buffer {
    const flags = PRESENT | (otherwise.verified === false ? 0 : VERIFIED) | (attested.length > 0 ? ATTESTED : 0)
    const count = Buffer.alloc(4)
    count.writeUInt32BE(otherwise.counter ?? counter)
    return Buffer.concat([sha256(otherwise.rpId ?? rpId), Buffer.from([flags]), count, attested])
  }

  return {
    credentials,
    /** From now on it counts its signatures. */
    count(from: number): void {
      counter = from
    },

    create(options: CreationOptions, otherwise: Otherwise = {}) {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const id = randomBytes(32)
      const credential: Credential = {
        id: id.toString('base64url'),
        userHandle: options.user.id,
        rpId: options.rp.id ?? '',
        privateKey,
        x: Buffer.from(x, 'base64url'),
        y: Buffer.from(y, 'base64url'),
      }
      credentials.push(credential)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(id.length)
      const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey(credential)])
      return {
        id: credential.id,
        rawId: credential.id,
        type: 'public-key' as const,
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', options.challenge, otherwise).toString('base64url'),
          attestationObject: noneAttestation(authenticatorData(credential.rpId, otherwise, attested)).toString(
            'base64url',
          ),
          transports: ['internal'],
        },
      }
    },

    /** Signs with the newest passkey that the options allow. */
    get(options: RequestOptions, otherwise: Otherwise = {}) {
      const allowed = options.allowCredentials ?? []
      const credential = credentials.findLast(({ id }) => allowed.length === 0 || allowed.some((one) => one.id === id))
      if (!credential) throw new Error('no passkey that is allowed')
      if (counter > 0) counter++
      const client = clientData('webauthn.get', options.challenge, otherwise)
      const data = authenticatorData(credential.rpId, otherwise)
      const signature = createSign('sha256')
        .update(Buffer.concat([data, sha256(client)]))
        .sign(otherwise.signWith ?? credential.privateKey)
      const userHandle = 'userHandle' in otherwise ? otherwise.userHandle : credential.userHandle
      return {
        id: credential.id,
        rawId: credential.id,
        type: 'public-key' as const,
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
          ...(userHandle !== undefined && { userHandle }),
        },
      }
    },
  }
}

/** An EC2 key for ES256 (RFC 9053 section 7.1.1), in CBOR. */
const coseKey = ({ x, y }: Credential): Buffer =>
  Buffer.concat([Buffer.from('a5010203262001215820', 'hex'), x, Buffer.from('225820', 'hex'), y])

/** `{fmt: "none", attStmt: {}, authData}` in CBOR. */
function noneAttestation(data: Buffer): Buffer {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)])
  const length = Buffer.from([0x59, data.length >> 8, data.length & 0xff])
  return Buffer.concat([
    Buffer.from([0xa3]),
    ...[text('fmt'), text('none'), text('attStmt'), Buffer.from([0xa0]), text('authData'), length, data],
  ])
}
