/** One of our RSA keys, as it is stored: the private half only sealed. */
export type SigningKey = {
  /** base64url, and the same as x5t: Entra demands a base64 kid, equal in header and JWKS. */
  kid: string
  n: string
  e: string
  /** DER, standard base64 (RFC 7517 section 4.7): every key Entra reads must carry one. */
  certificate: string
  sealedPrivateKey: string
  createdAt: number
  /** From when it signs. A key is published long before, because Entra reads our keys once a day. */
  signsFrom: number
}
