/** The service cannot start, and an operator can mend it: the message says what to do. */
export class StartRefused extends Error {
  override name = 'StartRefused'
}
