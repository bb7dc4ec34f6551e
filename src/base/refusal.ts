// Every refusal that we expect, in one union: what happened, and the sentence for the person whom it happens to.
// Whatever is not in this list is a bug and becomes a reference number (http/errors.ts).

/** Sentences for people. They never say more than the person may know; the log gets the reason. */
export const sentences = {
  'request.malformed': 'This sign-in request could not be read. Please start again from your application.',
  'request.repeated': 'This sign-in request says the same thing twice. Please start again from your application.',
  'request.oversize': 'This sign-in request is larger than Microsoft’s are. Please start again from your application.',
  'request.incomplete': 'This sign-in request is not complete. Please start again from your application.',
  'request.too-large': 'This request is too large.',
  'request.too-many':
    'Too many sign-in requests like this one came from your network. Please wait a minute, then start again from your application.',
  'request.destination': 'This sign-in request does not come from a Microsoft sign-in that we know.',
  'request.client': 'This sign-in request names an organisation that is not connected here.',
  'request.protocol': 'This sign-in request asks in a way that we do not support.',
  'hint.malformed': 'Microsoft’s description of this sign-in could not be read.',
  'hint.algorithm': 'Microsoft’s description of this sign-in is signed in a way that we do not accept.',
  'hint.key': 'Microsoft’s description of this sign-in is signed with a key that we do not know.',
  'hint.signature': 'Microsoft’s description of this sign-in has a wrong signature.',
  'hint.issuer': 'Microsoft’s description of this sign-in was issued by somebody else.',
  'hint.tenant': 'Microsoft’s description of this sign-in belongs to another organisation.',
  'hint.audience': 'Microsoft’s description of this sign-in is meant for somebody else.',
  'hint.version': 'Microsoft’s description of this sign-in has a version that we do not accept.',
  'hint.time': 'This sign-in was begun too long ago. Please start again from your application.',
  'hint.subject': 'Microsoft’s description of this sign-in does not say who is signing in.',
  'hint.replayed': 'This sign-in was already opened. Please start again from your application.',
  'entra.keys-unavailable': 'Microsoft’s keys cannot be fetched right now. Please try again in a minute.',
  'entra.key-unseen':
    'Microsoft’s description of this sign-in is signed with a key that we have not seen yet. Please try again in a minute.',
  'integration.disabled': 'Countersign is switched off for your organisation at the moment.',
  'integration.contract': 'Your organisation does not ask Countersign in this way. Your administrator can allow it.',
  'asked.malformed': 'What Microsoft asks of us for this sign-in could not be read.',
  'asked.unmeetable': 'Microsoft asks for a kind of proof that Countersign cannot honestly give.',
  'sign-in.too-many': 'Too many sign-ins of yours are open. Finish or wait for them, then try again.',
  'sign-in.unknown': 'There is no such sign-in, or it was begun in another browser. Start again from your application.',
  'sign-in.ended': 'This sign-in is over. Please start again from your application.',
  'sign-in.answered': 'This sign-in was already answered. Please start again from your application.',
  'sign-in.withdrawn': 'The phone that approved this sign-in was removed before it was finished. Nobody was let in.',
  'sign-in.undecided': 'This sign-in has not been approved yet.',
  'prompt.open': 'Your devices are being asked already.',
  'enrolment.unavailable': 'No phone can be added in this sign-in.',
  'person.locked':
    'Too many wrong numbers were typed for your account. Nobody is let in with it before your administrator unlocks it here.',
  'invitation.wait': 'Too many wrong codes were typed. Please wait, then try again.',
  'invitation.locked': 'Too many wrong codes were typed. Ask your administrator to unlock your account here.',
  'invitation.refused': 'This invitation code does not work. Check it, or ask your administrator for a new one.',
  'code.refused':
    'This code does not work. Check it. If it is right, it was used already or its time is over: start again from your application, for a new one.',
  'code.too-many': 'Too many wrong codes were typed in your network. Scan the code instead, or wait.',
  'proof.refused': 'This device could not prove that it is the one it says.',
  'proof.nonce': 'Please repeat with a fresh nonce.',
  'device.request': 'This request could not be read. An update of the app may help.',
  'device.unknown': 'This device is not connected to an account here.',
  'device.removed': 'This device was removed from the account.',
  'decision.nothing': 'There is nothing to decide.',
  'decision.ended': 'The time to decide is over, or it was decided elsewhere.',
  'decision.wrong-number': 'That is not the number shown on the sign-in page.',
  'decision.locked': 'Too many wrong numbers. Ask your administrator to unlock your account here.',
  'decision.wait': 'Too many wrong numbers. Please wait, then try again.',
  'push.too-soon': 'Your phone was notified a moment ago. Please wait, or open the authenticator on it.',
  'push.nowhere': 'None of your phones takes notifications. Open the authenticator on your phone.',
  'push.changed-often':
    'Notifications were switched on and off too often on this phone. Please wait a few minutes, then try again.',
  'push.refused': 'This browser’s push service is not one that we send to.',
  'admin.link':
    'This link does not work. It may have been used already, or its 15 minutes are over. Ask for a new one; if you have added a passkey, sign in with it.',
  'admin.passkey': 'This passkey was not accepted. Please try again.',
  'admin.last-passkey': 'This is your only passkey. Add another one before you remove it.',
  'admin.disabled': 'The access of this administrator is switched off. Ask an owner.',
  'admin.session': 'You are not signed in, or not any more. Sign in, then do this again.',
  'admin.forbidden': 'Your role does not allow this. Ask an owner.',
  'admin.forged': 'This did not come from a page that we gave you. Go back, reload that page, and try again.',
  'admin.step-up':
    'This needs a fresh proof that you are there: your passkey once more, or a fresh sign-in with Entra.',
  'admin.last-owner': 'No owner would be left. Make somebody else an owner first.',
  'admin.unknown': 'This is not there any more. Go back, and reload the page.',
  'admin.form': 'This form could not be read. Go back, and check what you typed.',
  'admin.entra-off': 'Nobody signs in here with Entra at the moment. Use a passkey, or ask an owner.',
  'admin.entra': 'This sign-in with Entra was not accepted. Begin again from the sign-in page.',
  'admin.entra-declined':
    'Entra did not sign you in. You may have cancelled, or this application may not be yours there.',
  'admin.entra-unreachable': 'Entra cannot be reached right now. Try again in a minute, or use a passkey.',
  'admin.entra-secret':
    'Entra does not accept this application or its client secret. The secret may be over: an owner can enter a new one.',
  'admin.entra-role': 'Your Entra account has no role in this console.',
  'admin.entra-not-owner':
    'Entra signed you in, but not as an owner. Give your account the role of an owner, and sign in once more; nothing was switched on.',
  'admin.entra-other':
    'That is another Entra account than the one that you are signed in with. Begin again with yours.',
  'admin.entra-time':
    'Entra did not say that you signed in just now. The page where Entra was connected says what to add there (auth_time).',
  'admin.entra-settings': 'Somebody changed these settings meanwhile. Look at them, then do it again.',
  'admin.entra-managed': 'This administrator signs in with Entra, and gets the role there.',
  'admin.too-many': 'Too many attempts from your network. Wait a few minutes, then try again.',
  'token.missing': 'This needs a token, as a header: Authorization: Bearer cst_….',
  'token.refused':
    'This token is not accepted: it is unknown, expired or revoked, or whoever made it has no access any more.',
  'token.scope': 'This token may not do that.',
  'token.too-many': 'Too many requests with this token. Wait a moment, then go on more slowly.',
  'api.request': 'This request is not as /openapi.json describes it.',
  'api.unknown': 'There is nothing like this here.',
  'integration.taken': 'This tenant is connected already.',
  'integration.outdated': 'Somebody changed this integration since you looked. Look again, then change it.',
  'enrolment.closed': 'Enrolment of this integration is closed: no phone can be bound.',
  'key.announced': 'A new key is announced already.',
  'key.replaced': 'Another key signs by now: somebody was first. Look at the keys.',
  'service.busy': 'The service is very busy. Please try again in a moment.',
  'store.unavailable': 'Countersign cannot reach its own data right now. Please try again in a minute.',
  'service.stopping': 'The service is being restarted. Please try again in a moment.',
  'http.not-found': 'There is nothing at this address.',
  'http.method': 'This address cannot be used that way.',
  'http.content-type': 'This kind of content is not accepted here.',
} as const

export type RefusalCode = keyof typeof sentences

/** An expected refusal: a value, returned, never thrown. `reason` is for the log and the audit, never for the person. */
export class Refusal {
  readonly code: RefusalCode
  readonly reason: string
  /** Facts that the refused person may have: seconds to wait, tries left. */
  readonly facts: Record<string, number>
  constructor(code: RefusalCode, reason: string, facts: Record<string, number> = {}) {
    this.code = code
    this.reason = reason
    this.facts = facts
  }
  get sentence(): string {
    return sentences[this.code]
  }
}

export const refuse = (code: RefusalCode, reason: string, facts?: Record<string, number>): Refusal =>
  new Refusal(code, reason, facts)

export const isRefusal = (value: unknown): value is Refusal => value instanceof Refusal
