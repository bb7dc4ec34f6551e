// What the console's scripts post, as it must be; everything else in it is left out.
import { z } from 'zod'
import { LONGEST_NAME, nameOf } from '../administrators/administrator.ts'

const base64url = (longest: number) =>
  z
    .string()
    .max(longest)
    .regex(/^[\w-]+$/)

/** `PublicKeyCredential.toJSON()` of a new passkey (Web Authentication section 5.1.8). */
export const NewPasskey = z.object({
  id: base64url(1400),
  rawId: base64url(1400),
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).default({}),
  response: z.object({
    clientDataJSON: base64url(4096),
    attestationObject: base64url(32_768),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .default([]),
  }),
})

/** The same of a passkey that signed. */
export const UsedPasskey = z.object({
  id: base64url(1400),
  rawId: base64url(1400),
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}).default({}),
  response: z.object({
    clientDataJSON: base64url(4096),
    authenticatorData: base64url(4096),
    signature: base64url(4096),
    userHandle: base64url(128).optional(),
  }),
})

const Token = z.string().regex(/^[\w-]{43}$/)
/** What a passkey is called; nothing typed is given a name by us. */
const PasskeyName = z
  .string()
  .max(4 * LONGEST_NAME)
  .transform((typed) => nameOf(typed))

export const LinkBody = z.object({ token: Token })
export const EnterBody = z.object({ token: Token, name: PasskeyName, passkey: NewPasskey })
export const SignInBody = z.object({ passkey: UsedPasskey })
export const AddBody = z.object({ name: PasskeyName, passkey: NewPasskey })
export const Nothing = z.object({})
