/** One of our RSA keys, as it is stored: the private half only sealed. */
export type SigningKey = {
  /** base64url, and the same as x5t: Entra demands a base64 kid, equal in header and JWKS. */
  kid: string
  n: string
  e: string
  /** DER, standard base64 (RFC 7517 section 4.7): every key Entra reads must carry one. */
  certificate: string
  sealedPrivateKey: string
  /** When it was made. From then on it is published. */
  createdAt: number
  /** From when it signs. A key is published long before, because Entra reads our keys once a day. */
  signsFrom: number
  /** When it was taken back before its time: it is published no more, and signs no more. Null: it was not. */
  withdrawnAt: number | null
}

/** Every key there is, and how far their timetable was watched. */
export type KeyBook = {
  /** Goes up with every change: of two who change it at once, one wins. 0: nothing was ever written. */
  version: number
  /**
   * When the service last saw to it that an announced key is published. What lies behind this instant has happened, whatever
   * the clock says later; what lies more than an hour before now, nobody has watched.
   */
  seenAt: number
  /** In the order in which they were made: a clock may go back, this order does not. */
  keys: readonly SigningKey[]
}
